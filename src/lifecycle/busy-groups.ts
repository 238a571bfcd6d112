/** The task groups of this thread that have tasks, for whoever asks what keeps the program running. */
import { provideActivities } from '../signal/activities.ts';
import type { GroupTask } from './group-task.ts';

interface BusyGroup {
  readonly name: string;
  tasks(): Iterable<GroupTask>;
}

const busy = new Set<BusyGroup>();

export function addBusyGroup(group: BusyGroup): void {
  busy.add(group);
}

export function removeBusyGroup(group: BusyGroup): void {
  busy.delete(group);
}

provideActivities(function* () {
  for (const group of busy) {
    for (const { name, runningFor, signal } of group.tasks()) {
      const detail = `runs for ${Math.round(runningFor)} ms${signal.aborted ? ', though it was cancelled' : ''}`;
      yield { kind: 'task', name: `${group.name}/${name}`, detail, holdsProcess: false };
    }
  }
});

/** The processes that this thread manages, for who asks what keeps a program running. */
import { provideActivities } from '../signal/activities.ts';
import type { ProcessState } from './process-events.ts';

interface Managed {
  readonly name: string;
  readonly state: ProcessState;
  readonly pid: number | undefined;
}

const managed = new Set<Managed>();

export function addManagedProcess(process: Managed): void {
  managed.add(process);
}

export function removeManagedProcess(process: Managed): void {
  managed.delete(process);
}

provideActivities(function* () {
  for (const { name, state, pid } of managed) {
    yield { kind: 'process', name, detail: pid === undefined ? state : `${state}, pid ${pid}`, holdsProcess: true };
  }
});

/** The pollers of this thread that have been started, for who asks what keeps a program running. */
import { provideActivities } from '../signal/activities.ts';
import type { PollerStats } from './poller-stats.ts';

interface Started {
  stats(): Pick<PollerStats, 'name' | 'state' | 'isBusy'>;
}

/** Each with whether it holds the process. */
const started = new Map<Started, boolean>();

export function addStartedPoller(poller: Started, holdsProcess: boolean): void {
  started.set(poller, holdsProcess);
}

export function removeStartedPoller(poller: Started): void {
  started.delete(poller);
}

provideActivities(function* () {
  for (const [poller, holdsProcess] of started) {
    const { name, state, isBusy } = poller.stats();
    yield { kind: 'poller', name, detail: isBusy ? `${state}, a run goes on` : state, holdsProcess };
  }
});

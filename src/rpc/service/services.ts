/** The services that this thread keeps, for who asks what keeps a program running. */
import { provideActivities } from '../../signal/activities.ts';
import type { ServiceState } from './service-events.ts';

interface Kept {
  readonly name: string;
  readonly state: ServiceState;
  readonly pid: number | undefined;
}

const kept = new Set<Kept>();

export function addService(service: Kept): void {
  kept.add(service);
}

export function removeService(service: Kept): void {
  kept.delete(service);
}

provideActivities(function* () {
  for (const { name, state, pid } of kept) {
    yield { kind: 'service', name, detail: pid === undefined ? state : `${state}, pid ${pid}`, holdsProcess: true };
  }
});

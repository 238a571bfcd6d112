/** Workers that say that they are parked at the wrong moment. */
import { burst, burstOf, type IdleScenario } from '../idle-threads.ts';

/**
 * Parked first, then the ticket: who takes the thread in between rings for nothing. If another one claims the task, the
 * thread sleeps while it counts as searching, and nobody wakes it for the next.
 */
export const broken: IdleScenario = burstOf('parks before its ticket');

/** The look at the queue comes before it says that it is parked: a task between the two wakes nobody. */
export const brokenLook: IdleScenario = burstOf('looks before it parks');

export const repaired: IdleScenario = burst;

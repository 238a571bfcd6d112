/** Deadlines belong to pacing by what they are for, and to signal by who needs them first: every wait has one. */
import { describe } from '../signal/wait-options.ts';
import { type Deadlines, deadlines, deadlinesOn } from '../signal/deadlines.ts';
import type { Clock } from './clock.ts';

export { type DeadlineSource } from '../signal/deadline-source.ts';
export { type Deadline, Deadlines, deadlines, deadlinesOn, runtimeDeadlines } from '../signal/deadlines.ts';

/**
 * The deadlines that an option `clock` asks for: without one, those of this thread.
 *
 * @throws {TypeError} if it is no clock.
 */
export function deadlinesFor(clock: Clock | undefined): Deadlines {
  if (clock === undefined) return deadlines();
  const { now, setTimer } = (clock ?? {}) as Partial<Clock>;
  if (typeof now !== 'function' || typeof setTimer !== 'function') {
    throw new TypeError(`Expected option 'clock' to be a Clock, with now() and setTimer(), got ${describe(clock)}`);
  }
  return deadlinesOn(clock);
}

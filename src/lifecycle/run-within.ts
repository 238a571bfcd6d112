/** Work under a deadline of its own. */
import { runWithin as runWithinLimits } from '../pacing/timeout.ts';
import { deadlines } from '../signal/deadlines.ts';
import { timeoutError } from '../signal/wait-options.ts';

/**
 * Runs `fn`, and settles as it does or rejects with a DeadlineExceededError exactly after `timeout` milliseconds,
 * whether it stops then or not; its signal fires at that moment, for the same reason. The process does not end before.
 *
 * @param what - what is being done, for the error's message
 */
export function runWithin<T>(
  what: string,
  timeout: number,
  fn: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const time = deadlines();
  const limits = { time, until: time.now() + timeout, signal: undefined, ref: true };
  return runWithinLimits(fn, limits, () => timeoutError(what, timeout));
}

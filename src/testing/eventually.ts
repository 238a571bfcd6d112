/** Waits until an assertion no longer throws. */
import { checkConditionOptions, type ConditionOptions } from './condition-options.ts';
import { ConditionWatch, type Look } from './condition-watch.ts';
import { checkFunction, phrase } from './wait-for-condition.ts';

/**
 * Waits until `assertion` returns, or resolves, instead of throwing, and resolves to what it gave. It is tried once at
 * the start, after each event in `on`, and by a timer that `interval` bounds; what passes only by the timer is reported
 * to `onFallback`.
 *
 * @throws {DeadlineExceededError} after `timeout` milliseconds: its `cause` is what the assertion threw last, its
 *   message has the different errors that were seen, and when; the signal's reason; the reason of a promise in `on`
 *   that is rejected while the assertion fails
 * @example
 * ```ts
 * await eventually(() => expect(queue.size).toBe(0), { on: [[queue, 'drain']] });
 * ```
 */
export async function eventually<T>(assertion: () => T | PromiseLike<T>, options: ConditionOptions = {}): Promise<T> {
  checkFunction('assertion', assertion);
  checkConditionOptions(options);
  const watch = new ConditionWatch<T>(phrase('eventually', assertion, options), options, () => attempt(assertion));
  const result = await watch.run();
  if (result === undefined) throw watch.timeoutError();
  return result.value;
}

function attempt<T>(assertion: () => T | PromiseLike<T>): Look<T> | Promise<Look<T>> {
  try {
    const value = assertion();
    const isLater = typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
    return isLater ? Promise.resolve(value).then(passed, failed<T>) : passed(value as T);
  } catch (error) {
    return failed(error);
  }
}

function passed<T>(value: T): Look<T> {
  return { passed: true, value };
}

function failed<T>(error: unknown): Look<T> {
  return { passed: false, value: undefined as T, error };
}

/** Holds that a condition does not become true. */
import { AssertionError } from 'node:assert';
import { describe, isAbortSignal } from '../signal/wait-options.ts';
import { checkConditionOptions, type ConditionOptions } from './condition-options.ts';
import { ConditionWatch, type Look } from './condition-watch.ts';
import type { EventSource } from './event-source.ts';
import { type Condition, checkFunction, lookAt, phrase } from './wait-for-condition.ts';

/** How long, and how, a condition is watched that must not become true. At least one of `until` and `within`. */
export interface NeverOptions extends Omit<ConditionOptions, 'timeout' | 'onFallback'> {
  /** What ends the watch well: a promise once it settles, a signal once it is aborted. */
  readonly until?: PromiseLike<unknown> | AbortSignal | undefined;
  /** Milliseconds after which the watch ends well. Where a fact can end it, prefer `until`. */
  readonly within?: number | undefined;
}

/**
 * Resolves once the watch is over and `condition` has not been true at any look: at the start, after each event in
 * `on`, by a timer that `interval` bounds, and at the end.
 *
 * @throws {AssertionError} as soon as it is true, with what was seen and when; the signal's reason; what the condition
 *   throws
 * @example
 * ```ts
 * await never(() => mailbox.size > 0, { on: [[mailbox, 'message']], until: pool.close() });
 * ```
 */
export async function never(condition: Condition<unknown>, options: NeverOptions): Promise<void> {
  checkFunction('condition', condition);
  checkNeverOptions(options);
  const { until, within = Infinity, ...rest } = options;
  const end = until === undefined ? undefined : endOf(until);
  const on = [...(options.on ?? []), ...(end === undefined ? [] : [end.source])];
  let wasTrue = false;
  const look = (): Look<unknown> | Promise<Look<unknown>> => {
    // Before the look: what is seen at the end is seen once it is there.
    const isOver = end?.isOver() ?? false;
    const judge = ({ passed, value }: Look<unknown>): Look<unknown> => {
      wasTrue ||= passed;
      return { passed: passed || isOver, value };
    };
    const seen = lookAt(condition);
    return seen instanceof Promise ? seen.then(judge) : judge(seen);
  };
  const what = phrase('never', condition, options);
  const watch = new ConditionWatch<unknown>(what, { ...rest, on, timeout: within }, look);
  const result = await watch.run();
  if (!wasTrue) return;
  const message = `${what} was true after ${(result?.elapsed ?? within).toFixed(1)} ms\n${watch.describe()}`;
  throw new AssertionError({ message, actual: result?.value, operator: 'never', stackStartFn: never });
}

/** What tells that the watch is over. */
function endOf(until: PromiseLike<unknown> | AbortSignal): { source: EventSource; isOver(): boolean } {
  if (isAbortSignal(until)) return { source: until, isOver: () => until.aborted };
  let isOver = false;
  const end = (): void => void (isOver = true);
  return { source: Promise.resolve(until).then(end, end), isOver: () => isOver };
}

function checkNeverOptions(options: NeverOptions): void {
  checkConditionOptions(options);
  const { until, within } = options;
  if (until === undefined && within === undefined) {
    throw new TypeError("Expected option 'until' or 'within' to say when the watch is over, got neither");
  }
  if (within !== undefined && typeof within !== 'number') {
    throw new TypeError(`Expected option 'within' to be a number, got ${describe(within)}`);
  }
  if (within !== undefined && !(within >= 0)) {
    throw new RangeError(`Expected option 'within' to be 0 or more milliseconds, got ${within}`);
  }
  const isPromise = typeof (until as PromiseLike<unknown> | undefined)?.then === 'function';
  if (until !== undefined && !isAbortSignal(until) && !isPromise) {
    throw new TypeError(`Expected option 'until' to be a promise or a signal, got ${describe(until)}`);
  }
}

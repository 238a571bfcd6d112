/** Waits until a condition is true. */
import { describe } from '../signal/wait-options.ts';
import { checkConditionOptions, type ConditionOptions, type ConditionResult } from './condition-options.ts';
import { ConditionWatch, type Look } from './condition-watch.ts';

/** A condition: a truthy value, or a promise of one, means that it is true. */
export type Condition<T> = () => T | PromiseLike<T>;

/** What a condition resolves to when it is true. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

const LONGEST_SOURCE = 80;

/**
 * Waits until `condition` is true, and resolves to its value. It is looked at once at the start, after each event in
 * `on`, and by a timer that `interval` bounds; what passes only by the timer is reported to `onFallback`.
 *
 * @param condition - must not change what it looks at; an error that it throws ends the wait (see
 *   {@linkcode eventually} for assertions)
 * @throws {DeadlineExceededError} after `timeout` milliseconds, with what was seen and when; the signal's reason; the
 *   reason of a promise in `on` that is rejected while the condition is not true
 * @example
 * ```ts
 * server.close();
 * await waitForCondition(() => !server.listening, { on: [[server, 'close']], timeout: 2_000 });
 * ```
 */
export async function waitForCondition<T>(condition: Condition<T>, options: ConditionOptions = {}): Promise<Truthy<T>> {
  return (await conditionResult('waitForCondition', condition, options)).value;
}

/**
 * As {@linkcode waitForCondition}, and tells how it came to be true: at once, by an event or by polling, after how many
 * looks, and what was seen before.
 *
 * @example
 * ```ts
 * const { by } = await observeCondition(() => cache.size > 0, { on: [[cache, 'fill']] });
 * expect(by).toBe('event');
 * ```
 */
export function observeCondition<T>(
  condition: Condition<T>,
  options: ConditionOptions = {},
): Promise<ConditionResult<Truthy<T>>> {
  return conditionResult('observeCondition', condition, options);
}

async function conditionResult<T>(
  name: string,
  condition: Condition<T>,
  options: ConditionOptions,
): Promise<ConditionResult<Truthy<T>>> {
  checkFunction('condition', condition);
  checkConditionOptions(options);
  const watch = new ConditionWatch<T>(phrase(name, condition, options), options, () => lookAt(condition));
  const result = await watch.run();
  if (result === undefined) throw watch.timeoutError();
  return result as ConditionResult<Truthy<T>>;
}

/** Looks at a condition once. */
export function lookAt<T>(condition: Condition<T>): Look<T> | Promise<Look<T>> {
  const value = condition();
  const isLater = typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
  return isLater ? Promise.resolve(value).then(lookOf) : lookOf(value as T);
}

function lookOf<T>(value: T): Look<T> {
  return { passed: Boolean(value), value };
}

/** What is waited for, in a message: the caller's words, or the source of what it passed. */
export function phrase(name: string, looked: { toString(): string }, { message }: ConditionOptions): string {
  if (message !== undefined) return `${name}: '${message}'`;
  const source = looked.toString().replaceAll(/\s+/g, ' ');
  return `${name}(${source.length > LONGEST_SOURCE ? `${source.slice(0, LONGEST_SOURCE)}...` : source})`;
}

export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`Expected '${name}' to be a function, got ${describe(value)}`);
}

/** Waits until a property of an object has a value. */
import { describe } from '../signal/wait-options.ts';
import { checkConditionOptions, type ConditionOptions } from './condition-options.ts';
import { ConditionWatch } from './condition-watch.ts';
import { show } from './history.ts';
import { PropertyWatch } from './property-watch.ts';

/** How a property is watched. */
export interface AttributeOptions extends ConditionOptions {
  /**
   * Whether an accessor may stand in the place of a plain property while it is waited for, so that an assignment is an
   * event. Without it, or where that cannot be done, events in `on` and the timer remain.
   *
   * @default {true}
   */
  readonly intercept?: boolean | undefined;
}

/**
 * Waits until `object[name]` is `expected`, and resolves to it.
 *
 * An assignment to a plain property is noticed as it happens, by an accessor that stands in its place until the wait is
 * over; see `intercept`. Getters, read-only properties and those that are not there yet are looked at after the events
 * in `on`, and by the timer, which `onFallback` is told.
 *
 * @param expected - compared by `Object.is`; a function is asked instead whether the value is right
 * @throws {DeadlineExceededError} after `timeout` milliseconds, with the values that were seen and when; the signal's
 *   reason
 * @example
 * ```ts
 * await waitForAttribute(connection, 'state', 'open');
 * await waitForAttribute(stats, 'requests', (requests) => requests >= 10);
 * ```
 */
export async function waitForAttribute<T extends object, K extends keyof T>(
  object: T,
  name: K,
  expected: T[K] | ((value: T[K]) => boolean),
  options: AttributeOptions = {},
): Promise<T[K]> {
  checkArguments(object, name, options);
  const { intercept = true, on = [], message } = options;
  const property = intercept ? PropertyWatch.of(object, name) : undefined;
  const sources = property === undefined ? on : [[property, 'assign'] as const, ...on];
  const isRight = typeof expected === 'function' ? (expected as (value: T[K]) => boolean) : undefined;
  const wanted = isRight === undefined ? `to be ${show(expected)}` : 'to be right';
  const what = `waitForAttribute: ${message ?? `'${String(name)}' ${wanted}`}`;
  const watch = new ConditionWatch<T[K]>(what, { ...options, on: sources }, () => {
    const value = object[name];
    return { passed: isRight === undefined ? Object.is(value, expected) : isRight(value), value };
  });
  const result = await watch.run();
  if (result === undefined) throw watch.timeoutError();
  return result.value;
}

function checkArguments(object: unknown, name: unknown, options: AttributeOptions): void {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) {
    throw new TypeError(`Expected 'object' to be an object, got ${describe(object)}`);
  }
  if (typeof name !== 'string' && typeof name !== 'symbol' && typeof name !== 'number') {
    throw new TypeError(`Expected 'name' to be the name of a property, got ${describe(name)}`);
  }
  checkConditionOptions(options);
  const { intercept } = options;
  if (intercept !== undefined && typeof intercept !== 'boolean') {
    throw new TypeError(`Expected option 'intercept' to be a boolean, got ${describe(intercept)}`);
  }
}

/** When a token ends by itself. */
import { now } from '../pacing/clock.ts';
import { describe } from '../signal/wait-options.ts';

/** When a token is cancelled by itself. With both, whichever comes first. */
export interface CancelTokenOptions {
  /** Milliseconds from now. */
  readonly timeout?: number | undefined;
  /** A time on `now()` of this package. */
  readonly deadline?: number | undefined;
}

/**
 * The time on the clock that all threads share.
 *
 * @throws {TypeError | RangeError} naming the option, what it got and what it takes.
 */
export function deadlineOf(options: CancelTokenOptions): number {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected the options of a CancelToken to be an object, got ${describe(options)}`);
  }
  const { timeout = Infinity, deadline = Infinity } = options;
  for (const [name, value] of Object.entries({ timeout, deadline })) {
    if (typeof value !== 'number') {
      throw new TypeError(`Expected option '${name}' to be a number of milliseconds, got ${describe(value)}`);
    }
    if (!(value >= 0)) throw new RangeError(`Expected option '${name}' to be 0 or more milliseconds, got ${value}`);
  }
  return timeout === Infinity ? deadline : Math.min(deadline, now() + timeout);
}

/** A limit of time on something that takes a while. */
import { DeadlineExceededError } from '../errors.ts';
import { checkWaitOptions, describe, timeoutError, type WaitOptions } from '../signal/wait-options.ts';
import type { Clock } from './clock.ts';
import { deadlinesFor } from './deadlines.ts';
import { type Limits, limitsOf, watchLimits } from './interruption.ts';
import { checkDelay } from './option-checks.ts';

/** What else ends the wait, and whose time it takes. */
export interface TimeoutOptions extends Pick<WaitOptions, 'signal' | 'ref'> {
  /** @default {this thread's clock} */
  readonly clock?: Clock | undefined;
}

/** Work that can be told to stop. */
export type Interruptible<T> = (signal: AbortSignal) => T | PromiseLike<T>;

/**
 * The outcome of `target`, or a DeadlineExceededError if there is none within `ms` milliseconds.
 *
 * A function is called with a signal that is aborted then, or when `options.signal` is: it should stop. The promise
 * settles at once, whether it does or not; what becomes of it afterwards is ignored. A promise cannot be told to stop,
 * so pass the function that makes it where you can.
 *
 * @param ms - 0 or more, Infinity for no limit
 * @throws {DeadlineExceededError} after `ms` milliseconds, never earlier; also the reason of `options.signal`, and what
 *   `target` throws
 * @example
 * ```ts
 * const user = await timeout((signal) => fetch(url, { signal }), 5_000);
 * ```
 */
export function timeout<T>(
  target: PromiseLike<T> | Interruptible<T>,
  ms: number,
  options: TimeoutOptions = {},
): Promise<T> {
  try {
    const work = typeof target === 'function' ? target : () => target;
    checkTarget(target);
    checkDelay('ms', ms);
    checkWaitOptions(options);
    const { signal, ref, clock } = options;
    const late = (): Error => new DeadlineExceededError(`${nameOf(target)} did not end within ${ms} ms`);
    return runWithin(work, limitsOf({ signal, timeout: ms, ref }, deadlinesFor(clock)), late);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Has `work` be a wait like any other: it ends as `options` say, with the errors of every wait. The process does not
 * end before it unless told.
 *
 * @param what - what is being done, for the message of the DeadlineExceededError
 */
export function waitWithin<T>(work: Interruptible<T>, options: WaitOptions, what: string): Promise<T> {
  return runWithin(work, limitsOf(options), () => timeoutError(what, options.timeout ?? Infinity));
}

/**
 * Calls `work` unless the signal is aborted already, and settles with it or when a limit is reached.
 *
 * @param late - makes what the promise rejects with once the time is over
 */
export function runWithin<T>(work: Interruptible<T>, limits: Limits, late: () => unknown): Promise<T> {
  if (limits.signal?.aborted === true) return Promise.reject(limits.signal.reason);
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const stop = (reason: unknown): void => {
      reject(reason);
      controller.abort(reason);
    };
    const end = watchLimits(limits, () => stop(late()), stop);
    call(work, controller.signal).then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

/** What is thrown before the first await is a rejection like any other. */
async function call<T>(work: Interruptible<T>, signal: AbortSignal): Promise<T> {
  return await work(signal);
}

/** What a piece of work is called in messages. */
export function nameOf(work: unknown): string {
  return typeof work === 'function' && work.name !== '' ? `'${work.name}'` : 'The operation';
}

function checkTarget(target: unknown): void {
  if (typeof target === 'function') return;
  if (typeof (target as Partial<PromiseLike<unknown>> | null)?.then === 'function') return;
  throw new TypeError(`Expected what gets a timeout to be a promise or a function, got ${describe(target)}`);
}

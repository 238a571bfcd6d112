/** What every wait takes, and the checks that refuse anything else at once. */
import { DeadlineExceededError } from '../errors.ts';

/** How a wait ends early. */
export interface WaitOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the wait rejects with a `DeadlineExceededError`. 0: only if it need not wait. */
  readonly timeout?: number | undefined;
  /**
   * Whether the wait keeps the process alive.
   *
   * @default {true}
   */
  readonly ref?: boolean | undefined;
}

/** How a blocking wait ends early, and where it is allowed. */
export interface SyncWaitOptions {
  /** Looked at once, before blocking: nothing can abort it while the thread is blocked. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the wait throws a `DeadlineExceededError`. 0: only if it need not wait. */
  readonly timeout?: number | undefined;
  /**
   * Block even a thread whose event loop others depend on, such as the main thread.
   *
   * @default {false}
   */
  readonly allowBlocking?: boolean | undefined;
}

/**
 * Checks what a caller passed.
 *
 * @throws {TypeError} or RangeError that names the option, what it got and what it takes.
 */
export function checkWaitOptions(options: WaitOptions & SyncWaitOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected the options of a wait to be an object, got ${describe(options)}`);
  }
  const { signal, timeout, ref, allowBlocking } = options;
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw new TypeError(`Expected option 'signal' to be an AbortSignal, got ${describe(signal)}`);
  }
  if (timeout !== undefined) {
    if (typeof timeout !== 'number') {
      throw new TypeError(`Expected option 'timeout' to be a number, got ${describe(timeout)}`);
    }
    if (!(timeout >= 0)) throw new RangeError(`Expected option 'timeout' to be 0 or more milliseconds, got ${timeout}`);
  }
  if (ref !== undefined && typeof ref !== 'boolean') {
    throw new TypeError(`Expected option 'ref' to be a boolean, got ${describe(ref)}`);
  }
  if (allowBlocking !== undefined && typeof allowBlocking !== 'boolean') {
    throw new TypeError(`Expected option 'allowBlocking' to be a boolean, got ${describe(allowBlocking)}`);
  }
}

/** By what it can do: a signal may come from another realm or a polyfill. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener } = value as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** What a wait that took too long rejects with. */
export function timeoutError(what: string, timeout: number): DeadlineExceededError {
  return new DeadlineExceededError(`${what} did not succeed within ${timeout} ms`);
}

/** A value in a message. */
export function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'string' ? `'${value}'` : typeof value;
}

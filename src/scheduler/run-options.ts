/** The options of one task. */
import type { MovableValue } from '../runtime.ts';
import { checkKeys, checkMilliseconds, checkWholeNumber } from './check-options.ts';

/** Options for `pool.run`. */
export interface RunOptions {
  /** Cancels the task: queued, it is removed; running, its `task.signal` fires and the caller is answered at once. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call until the caller gets a `DeadlineExceededError`. */
  readonly timeout?: number | undefined;
  /** What is moved to the thread rather than copied. */
  readonly transfer?: readonly MovableValue[] | undefined;
  /** How many times the task may run again when its thread dies under it. @default 0 */
  readonly retryOnCrash?: number | undefined;
  /**
   * Milliseconds that a cancelled task has to stop by itself before its thread is ended. Without it, it is left to run.
   */
  readonly killAfter?: number | undefined;
}

const KNOWN = ['signal', 'timeout', 'transfer', 'retryOnCrash', 'killAfter'];

/**
 * Checks the options of a task.
 *
 * @throws {TypeError | RangeError} naming the option, what it got and what it takes.
 */
export function checkRunOptions(options: RunOptions): void {
  checkKeys('run options', options, KNOWN);
  const { signal, timeout, transfer, retryOnCrash, killAfter } = options;
  if (signal !== undefined && !(typeof signal === 'object' && signal !== null && typeof signal.aborted === 'boolean')) {
    throw new TypeError(`Option 'signal' takes an AbortSignal, got ${typeof signal}`);
  }
  if (transfer !== undefined && !Array.isArray(transfer)) {
    throw new TypeError(`Option 'transfer' takes an array of transferable objects, got ${typeof transfer}`);
  }
  if (timeout !== undefined) checkMilliseconds('timeout', timeout);
  if (killAfter !== undefined) checkMilliseconds('killAfter', killAfter);
  if (retryOnCrash !== undefined) checkWholeNumber('retryOnCrash', retryOnCrash, 0);
}

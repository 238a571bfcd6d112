/** Letting time pass, where time itself is what is waited for. */
import { blockFor } from '../signal/doorbell.ts';
import { replacedClock } from '../signal/deadline-source.ts';
import { checkMayBlock } from '../signal/may-block.ts';
import { checkWaitOptions, type WaitOptions } from '../signal/wait-options.ts';
import { runtime } from '../runtime.ts';
import type { Clock } from './clock.ts';
import { deadlinesFor } from './deadlines.ts';
import { limitsOf, watchLimits } from './interruption.ts';
import { checkDelay } from './option-checks.ts';

/** How a sleep ends early, and whose time it takes. */
export interface SleepOptions extends Pick<WaitOptions, 'signal' | 'ref'> {
  /** @default {this thread's clock} */
  readonly clock?: Clock | undefined;
}

/** Where a blocking sleep is allowed. */
export interface SleepSyncOptions {
  /**
   * Block even a thread whose event loop others depend on, such as the main thread.
   *
   * @default {false}
   */
  readonly allowBlocking?: boolean | undefined;
}

/**
 * Resolves after `ms` milliseconds: never early, also for more than 2^31 of them.
 *
 * To wait until something has happened, wait for that instead: an event, an exit, a port that listens.
 *
 * @param ms - 0 or more, Infinity to sleep until the signal is aborted
 * @throws the reason of `signal`, at once when it is aborted; TypeError or RangeError for a wrong argument
 * @example
 * ```ts
 * await sleep(60_000, { signal });
 * ```
 */
export function sleep(ms: number, options: SleepOptions = {}): Promise<void> {
  try {
    checkDelay('ms', ms);
    checkWaitOptions(options);
    const { signal, ref, clock } = options;
    const limits = limitsOf({ signal, timeout: ms, ref }, deadlinesFor(clock));
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => void watchLimits(limits, resolve, reject));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Blocks this thread for `ms` milliseconds, never less. Nothing else of the thread runs meanwhile: no timers, no
 * messages, no signal.
 *
 * While a virtual clock is installed in this thread, its time moves on instead.
 *
 * @param ms - 0 or more
 * @throws {WouldBlockError} on a thread whose event loop others depend on, unless `allowBlocking` is given
 * @example
 * ```ts
 * sleepSync(50); // in a worker thread
 * ```
 */
export function sleepSync(ms: number, options: SleepSyncOptions = {}): void {
  checkDelay('ms', ms);
  checkWaitOptions(options);
  if (ms === Infinity) throw new RangeError("Expected 'ms' to be finite, got Infinity: nothing could end this sleep");
  if (options.allowBlocking !== true) checkMayBlock('sleepSync', 'sleep');
  const clock = replacedClock();
  if (clock?.block !== undefined) clock.block(ms);
  else blockUntil(runtime().now() + ms);
}

function blockUntil(end: number): void {
  for (let left = end - runtime().now(); left > 0; left = end - runtime().now()) blockFor(left);
}

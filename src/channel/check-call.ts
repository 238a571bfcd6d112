/** What the calls of channels, topics and subscriptions check first. */
import type { Primitive } from '../signal/primitive.ts';
import { checkWaitOptions, type SyncWaitOptions, type WaitOptions } from '../signal/wait-options.ts';

/** What most calls have. */
export const NO_OPTIONS: WaitOptions & SyncWaitOptions = {};

/**
 * That `primitive` is there, that the options are what a wait takes, and that the call is not cancelled already.
 *
 * @throws {TypeError | RangeError} for wrong options; {ReveilleError} if it was disposed; the signal's reason
 */
export function checkCall(primitive: Primitive, options: WaitOptions | SyncWaitOptions): void {
  primitive.check();
  if (options === NO_OPTIONS) return;
  checkWaitOptions(options);
  options.signal?.throwIfAborted();
}

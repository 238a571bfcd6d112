/** What the waits of a service take: limits, or the one signal that a Lifecycle gives its resources. */
import { checkWaitOptions, isAbortSignal, type WaitOptions } from '../../signal/wait-options.ts';

/** How long a shutdown may take. */
export interface ShutdownOptions {
  /**
   * Milliseconds until what is left of the service is killed: three fifths of them for the calls that are under way,
   * one fifth for its own `stop`, the rest to end in.
   *
   * @default {option `stopTimeout` of the service}
   */
  readonly timeout?: number | undefined;
  /** Has it killed at once when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function limitsOf(options: AbortSignal | WaitOptions): WaitOptions {
  const limits = isAbortSignal(options) ? { signal: options } : options;
  checkWaitOptions(limits);
  return limits;
}

/** What `retry` takes, and the checks that refuse anything else at once. */
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import { Backoff, type BackoffOptions } from './backoff/backoff.ts';
import type { Clock } from './clock.ts';
import { deadlinesFor } from './deadlines.ts';
import { checkCallback, checkCount, checkDelay } from './option-checks.ts';
import { RetryBudget } from './retry-budget.ts';

/** What an attempt is told. */
export interface RetryAttempt {
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Aborted when nobody waits for the attempt any more: it took too long, or the caller gave up. */
  readonly signal: AbortSignal;
}

/** What is known of an attempt that failed and will be followed by another. */
export interface FailedAttempt {
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Milliseconds until the next one. */
  readonly delay: number;
}

/** How often, how long and after what to try again. */
export interface RetryOptions extends BackoffOptions, Pick<WaitOptions, 'signal' | 'ref'> {
  /**
   * How many attempts there are at most, the first included; Infinity for as many as `timeout` and `signal` leave time
   * for.
   *
   * @default {3}
   */
  readonly attempts?: number | undefined;
  /**
   * Milliseconds that everything together may take: all attempts and the waits between them.
   *
   * @default {Infinity}
   */
  readonly timeout?: number | undefined;
  /**
   * Milliseconds that each attempt may take; then it has failed with a DeadlineExceededError.
   *
   * @default {Infinity}
   */
  readonly attemptTimeout?: number | undefined;
  /**
   * Whether to try again after this error. Decide by class or `code`, not by message. What it refuses is thrown as it
   * is.
   *
   * @default {always}
   */
  readonly retryIf?: ((error: unknown, attempt: number) => boolean) | undefined;
  /** Called before each wait. What it throws ends the retrying. */
  readonly onRetry?: ((failed: FailedAttempt) => void) | undefined;
  /** Shared by calls that strain the same service: without a token there is no further attempt. */
  readonly budget?: RetryBudget | undefined;
  /** @default {this thread's clock} */
  readonly clock?: Clock | undefined;
}

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function checkRetryOptions(options: RetryOptions): void {
  checkWaitOptions(options);
  const { attempts, timeout, attemptTimeout, retryIf, onRetry, budget, clock } = options;
  if (attempts !== undefined) checkCount('attempts', attempts);
  if (timeout !== undefined) checkDelay('timeout', timeout);
  if (attemptTimeout !== undefined) checkDelay('attemptTimeout', attemptTimeout);
  checkCallback('retryIf', retryIf);
  checkCallback('onRetry', onRetry);
  if (budget !== undefined && !(budget instanceof RetryBudget)) {
    throw new TypeError(`Expected option 'budget' to be a RetryBudget, got ${describe(budget)}`);
  }
  deadlinesFor(clock);
  new Backoff(options);
}

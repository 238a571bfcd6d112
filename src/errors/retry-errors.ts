/** What ends the attempts of a retry, or puts the next one off. */
import { defineKind, ReveilleError } from './reveille-error.ts';

/** Every attempt failed. `errors` has what each of them failed with, in order; `cause` is the last. */
export class RetriesExhaustedError extends ReveilleError {
  static {
    defineKind(this, 'ERR_RETRIES_EXHAUSTED', 'RetriesExhaustedError');
  }

  readonly errors: readonly unknown[];

  constructor(message: string, errors: readonly unknown[]) {
    super(message, { cause: errors.at(-1) });
    this.errors = errors;
  }
}

/** Thrown by an attempt that was told when to come back, as by HTTP's `Retry-After`: the next one waits that long. */
export class RetryAfterError extends ReveilleError {
  static {
    defineKind(this, 'ERR_RETRY_AFTER', 'RetryAfterError');
  }

  /** Milliseconds to wait before the next attempt. */
  readonly retryAfter: number;

  constructor(retryAfter: number, message = `Asked to retry after ${retryAfter} ms`, options?: ErrorOptions) {
    if (typeof retryAfter !== 'number') {
      throw new TypeError(`Expected 'retryAfter' to be a number of milliseconds, got ${typeof retryAfter}`);
    }
    if (!(retryAfter >= 0)) throw new RangeError(`Expected 'retryAfter' to be 0 or more, got ${retryAfter}`);
    super(message, options);
    this.retryAfter = retryAfter;
  }
}

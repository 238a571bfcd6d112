/** Trying again, for what may fail for a while. */
import { DeadlineExceededError, RetriesExhaustedError, RetryAfterError } from '../errors.ts';
import type { Deadlines } from '../signal/deadlines.ts';
import { describe } from '../signal/wait-options.ts';
import { Backoff } from './backoff/backoff.ts';
import { deadlinesFor } from './deadlines.ts';
import { watchLimits } from './interruption.ts';
import { checkRetryOptions, type RetryAttempt, type RetryOptions } from './retry-options.ts';
import { nameOf, runWithin } from './timeout.ts';

/** Of more failures than this the last are kept: who retries for ever must not remember for ever. */
const MOST_ERRORS = 1_000;

/**
 * Calls `fn` until it succeeds, and resolves to what it returns.
 *
 * Between attempts it waits: exponentially longer with full jitter unless told otherwise, or for as long as a
 * `RetryAfterError` asks. When the caller's signal is aborted it rejects at once, during a wait as during an attempt,
 * whatever `fn` does about the signal that it is given. It does not wait for an attempt that `timeout` leaves no time
 * for.
 *
 * @throws {RetriesExhaustedError} with all errors, after the last attempt or when `budget` is spent
 * @throws {DeadlineExceededError} after `timeout` milliseconds, or once the next attempt could not begin before that;
 *   its `cause` is an AggregateError of what the attempts failed with
 * @throws also the signal's reason, and an error that `retryIf` refuses, as it is
 * @example
 * ```ts
 * const user = await retry(({ signal }) => fetchUser(id, { signal }), {
 *   attempts: 5,
 *   attemptTimeout: 2_000,
 *   timeout: 10_000,
 *   retryIf: (error) => error instanceof ConnectionError,
 * });
 * ```
 */
export function retry<T>(fn: (attempt: RetryAttempt) => T | PromiseLike<T>, options: RetryOptions = {}): Promise<T> {
  try {
    if (typeof fn !== 'function') throw new TypeError(`Expected what to retry to be a function, got ${describe(fn)}`);
    checkRetryOptions(options);
    return new Retry(fn, options).run();
  } catch (error) {
    return Promise.reject(error);
  }
}

class Retry<T> {
  readonly #fn: (attempt: RetryAttempt) => T | PromiseLike<T>;
  readonly #options: RetryOptions;
  readonly #backoff: Backoff;
  readonly #time: Deadlines;
  readonly #timeout: number;
  readonly #until: number;
  readonly #ref: boolean;
  #attempts = 0;
  #errors: unknown[] = [];

  constructor(fn: (attempt: RetryAttempt) => T | PromiseLike<T>, options: RetryOptions) {
    this.#fn = fn;
    this.#options = options;
    this.#backoff = new Backoff(options);
    this.#time = deadlinesFor(options.clock);
    this.#timeout = options.timeout ?? Infinity;
    this.#until = this.#time.now() + this.#timeout;
    this.#ref = options.ref ?? true;
  }

  /** The signal and the deadline of the whole lie around everything: attempts and waits follow theirs. */
  run(): Promise<T> {
    const limits = { time: this.#time, until: this.#until, signal: this.#options.signal, ref: this.#ref };
    return runWithin(
      (whole) => this.#tryUntilDone(whole),
      limits,
      () => this.#late(),
    );
  }

  async #tryUntilDone(whole: AbortSignal): Promise<T> {
    this.#options.budget?.recordTry();
    for (;;) {
      try {
        return await this.#attempt(whole);
      } catch (error) {
        // The caller has its answer already; nobody listens any more.
        if (whole.aborted) throw error;
        this.#remember(error);
        await this.#prepareNext(error, whole);
      }
    }
  }

  #attempt(whole: AbortSignal): Promise<T> {
    const attempt = ++this.#attempts;
    const { attemptTimeout = Infinity } = this.#options;
    const until = this.#time.now() + attemptTimeout;
    return runWithin(
      (signal) => this.#fn({ attempt, signal }),
      { time: this.#time, until, signal: whole, ref: false },
      () =>
        new DeadlineExceededError(`${nameOf(this.#fn)} did not end within ${attemptTimeout} ms (attempt ${attempt})`),
    );
  }

  /** Waits for the next attempt, or throws what ends the retrying. */
  async #prepareNext(error: unknown, whole: AbortSignal): Promise<void> {
    const { attempts = 3, budget, onRetry } = this.#options;
    if (!this.#isWorthRetrying(error)) throw error;
    if (this.#attempts >= attempts) throw this.#exhausted('');
    const delay = error instanceof RetryAfterError ? error.retryAfter : this.#backoff.next();
    if (this.#time.now() + delay >= this.#until) throw this.#tooLate(delay);
    if (budget?.tryRetry() === false) throw this.#exhausted(', because its retry budget is spent');
    onRetry?.({ attempt: this.#attempts, error, delay });
    await this.#pause(delay, whole);
  }

  #isWorthRetrying(error: unknown): boolean {
    const { retryIf } = this.#options;
    if (retryIf === undefined) return true;
    const answer: unknown = retryIf(error, this.#attempts);
    // A promise would count as yes, whatever it resolves to.
    if (typeof answer !== 'boolean') {
      throw new TypeError(`Expected option 'retryIf' to return a boolean, got ${describe(answer)}`);
    }
    return answer;
  }

  #pause(delay: number, whole: AbortSignal): Promise<void> {
    const until = this.#time.now() + delay;
    return new Promise((resolve, reject) => {
      // A callback (retryIf, onRetry) may have aborted it: no event comes any more.
      if (whole.aborted) reject(whole.reason);
      else watchLimits({ time: this.#time, until, signal: whole, ref: false }, resolve, reject);
    });
  }

  #remember(error: unknown): void {
    this.#errors.push(error);
    if (this.#errors.length >= 2 * MOST_ERRORS) this.#errors = this.#errors.slice(-MOST_ERRORS);
  }

  #exhausted(why: string): RetriesExhaustedError {
    const message = `${nameOf(this.#fn)} failed ${times(this.#attempts)}${why}; the last error: ${this.#lastError()}`;
    return new RetriesExhaustedError(message, this.#errors.slice(-MOST_ERRORS));
  }

  #late(): DeadlineExceededError {
    const failed = this.#errors.length === 0 ? '' : ` (${this.#attempts} begun; the last error: ${this.#lastError()})`;
    return this.#deadlineError(`${nameOf(this.#fn)} did not succeed within ${this.#timeout} ms${failed}`);
  }

  #tooLate(delay: number): DeadlineExceededError {
    const left = Math.max(0, Math.floor(this.#until - this.#time.now()));
    return this.#deadlineError(
      `${nameOf(this.#fn)} failed ${times(this.#attempts)} and may be tried again in ${Math.ceil(delay)} ms, but ` +
        `only ${left} of its ${this.#timeout} ms are left; the last error: ${this.#lastError()}`,
    );
  }

  #deadlineError(message: string): DeadlineExceededError {
    if (this.#errors.length === 0) return new DeadlineExceededError(message);
    const cause = new AggregateError(this.#errors.slice(-MOST_ERRORS), 'What the attempts failed with');
    return new DeadlineExceededError(message, { cause });
  }

  #lastError(): string {
    const error = this.#errors.at(-1);
    return error instanceof Error ? String(error) : describe(error);
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

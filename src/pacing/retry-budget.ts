/**
 * What keeps retries from becoming a storm: when a service fails for everybody, a fixed number of attempts each would
 * multiply its load just then. A budget shared by all calls of that service allows retries in proportion to first
 * tries, and a few more per second so that a quiet caller may retry at all.
 *
 * Two token buckets: one that first tries fill and one that time fills, each with a cap. A retry takes a whole token.
 * So over any stretch of time, with `tries` first tries in it,
 *
 *     retries <= ratio * tries + minPerSecond * seconds + saved when it began (at most `burst + max(1, minPerSecond)`)
 *
 * After Finagle's RetryBudget (https://twitter.github.io/finagle/guide/Clients.html#retries), with a cap for an expiry.
 */
import { checkAtLeast, checkObject } from './option-checks.ts';
import type { Clock } from './clock.ts';
import { deadlinesFor } from './deadlines.ts';

/** How many retries there may be. */
export interface RetryBudgetOptions {
  /**
   * Retries for each first try.
   *
   * @default {0.1}
   */
  readonly ratio?: number | undefined;
  /**
   * Retries per second that are allowed whatever the number of first tries.
   *
   * @default {1}
   */
  readonly minPerSecond?: number | undefined;
  /**
   * How many retries first tries can save up.
   *
   * @default {100}
   */
  readonly burst?: number | undefined;
  /** @default {this thread's clock} */
  readonly clock?: Clock | undefined;
}

/** Rounding must not cost the token that ten tenths make. */
const ALMOST_ONE = 1 - 1e-9;

/**
 * A limit on retries, shared by the calls that are given it. It belongs to one thread.
 *
 * @example
 * ```ts
 * const budget = new RetryBudget({ ratio: 0.1 });
 * await retry(() => client.get(key), { attempts: 5, budget });
 * ```
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #minPerSecond: number;
  readonly #burst: number;
  readonly #clock: Clock | undefined;
  /** Saved by first tries. */
  #saved = 0;
  /** Brought by time. */
  #timed: number;
  #refilledAt: number;

  /** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
  constructor(options: RetryBudgetOptions = {}) {
    checkObject('the options of a retry budget', options);
    const { ratio = 0.1, minPerSecond = 1, burst = 100, clock } = options;
    checkAtLeast('ratio', ratio, 0);
    checkAtLeast('minPerSecond', minPerSecond, 0);
    checkAtLeast('burst', burst, 0);
    this.#ratio = ratio;
    this.#minPerSecond = minPerSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#timed = this.#mostTimed;
    this.#refilledAt = deadlinesFor(clock).now();
  }

  /** How many retries it would allow at this moment. */
  get available(): number {
    this.#refill();
    return wholeTokens(this.#saved) + wholeTokens(this.#timed);
  }

  /** A first try was made. `retry` says so for the calls that it makes. */
  recordTry(): void {
    this.#saved = Math.min(this.#burst, this.#saved + this.#ratio);
  }

  /** Takes a token for a retry, if there is one. Returns whether there was. */
  tryRetry(): boolean {
    this.#refill();
    // What time brings back by itself goes first.
    if (this.#timed >= ALMOST_ONE) this.#timed = Math.max(0, this.#timed - 1);
    else if (this.#saved >= ALMOST_ONE) this.#saved = Math.max(0, this.#saved - 1);
    else return false;
    return true;
  }

  /** A second's worth, and no less than one: a rate below one per second must be able to gather a whole token. */
  get #mostTimed(): number {
    return this.#minPerSecond === 0 ? 0 : Math.max(1, this.#minPerSecond);
  }

  #refill(): void {
    const now = deadlinesFor(this.#clock).now();
    const seconds = Math.max(0, now - this.#refilledAt) / 1_000;
    this.#timed = Math.min(this.#mostTimed, this.#timed + seconds * this.#minPerSecond);
    this.#refilledAt = now;
  }
}

function wholeTokens(tokens: number): number {
  return Math.floor(tokens + (1 - ALMOST_ONE));
}

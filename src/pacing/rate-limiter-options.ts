/** What a rate limiter and its waits take, and the checks that refuse anything else at once. */
import { checkWaitOptions, describe, type SyncWaitOptions, type WaitOptions } from '../signal/wait-options.ts';
import type { Rate } from './gcra.ts';
import type { Priority } from './limiter-waiter.ts';

/** What a {@linkcode RateLimiter} allows. */
export interface RateLimiterOptions {
  /** How many permits there are in each `per`, more than 0; it may be a fraction. */
  readonly rate: number;
  /**
   * What the rate is counted over, in milliseconds.
   *
   * @default {1000}
   */
  readonly per?: number | undefined;
  /**
   * How many permits may be taken at one time after a pause, a whole number: the most that one call can ask for. It is
   * also what makes up for timers that fire late. With 1, permits come one by one, and a wait that ends 1 ms late costs
   * that millisecond; for the full rate while others wait, make it worth some milliseconds more than what is asked for.
   *
   * @default {1}
   */
  readonly burst?: number | undefined;
}

/** How a wait for permits ends early, and who goes first. */
export interface AcquireOptions extends WaitOptions {
  /**
   * Among those who wait in one thread the more urgent go first; threads take turns whatever their waiters' priority.
   *
   * @default {'normal'}
   */
  readonly priority?: Priority | undefined;
}

/** What a {@linkcode RateLimiter} looks like at one moment. */
export interface RateLimiterStats {
  /** Permits that could be taken at once, whoever waits. */
  readonly available: number;
  /** Waits of this thread. */
  readonly waiting: number;
  /** Milliseconds until the first permit that no thread has taken or reserved; 0 if there is one. */
  readonly delay: number;
}

const PRIORITIES: readonly unknown[] = ['high', 'normal', 'low', undefined];

/** The rate in permits per millisecond, and the burst. */
export function checkRateLimiterOptions(options: RateLimiterOptions): Rate {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected the options of a RateLimiter to be an object, got ${describe(options)}`);
  }
  const { rate, per = 1_000, burst = 1 } = options;
  checkPositive('rate', rate);
  checkPositive('per', per);
  checkPermits("option 'burst'", burst, Number.MAX_SAFE_INTEGER);
  const permitsPerMs = rate / per;
  if (!(permitsPerMs > 0 && 1 / permitsPerMs > 0 && permitsPerMs < Infinity)) {
    throw new RangeError(`Expected 'rate' / 'per' to be a rate that numbers can express, got ${rate} / ${per}`);
  }
  return { permitsPerMs, burst };
}

export function checkAcquireOptions(options: AcquireOptions & SyncWaitOptions): void {
  checkWaitOptions(options);
  if (PRIORITIES.includes(options.priority)) return;
  throw new TypeError(`Expected option 'priority' to be 'high', 'normal' or 'low', got ${describe(options.priority)}`);
}

/** A number of permits that can be there at one time. */
export function checkPermits(what: string, count: unknown, burst: number): void {
  if (typeof count !== 'number') throw new TypeError(`Expected ${what} to be a number, got ${describe(count)}`);
  if (Number.isInteger(count) && count >= 1 && count <= burst) return;
  const limit = burst === Number.MAX_SAFE_INTEGER ? '' : ` to ${burst}, the limiter's burst`;
  throw new RangeError(`Expected ${what} to be a whole number from 1${limit}, got ${count}`);
}

/** How long a penalty lasts. */
export function checkPenalty(ms: unknown): void {
  if (typeof ms !== 'number') throw new TypeError(`Expected 'ms' to be a number, got ${describe(ms)}`);
  if (!(ms >= 0 && ms < Infinity)) {
    throw new RangeError(`Expected 'ms' to be a finite number of milliseconds, 0 or more, got ${ms}`);
  }
}

function checkPositive(name: string, value: unknown): void {
  if (typeof value !== 'number')
    throw new TypeError(`Expected option '${name}' to be a number, got ${describe(value)}`);
  if (value > 0 && value < Infinity) return;
  throw new RangeError(`Expected option '${name}' to be a finite number greater than 0, got ${value}`);
}

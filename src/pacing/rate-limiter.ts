/**
 * Permits at a given rate, for all threads together.
 *
 * What the threads share is a line of memory with two times in it (gcra.ts). Who finds a permit takes it with one
 * CAS. Who does not waits in this thread's line (limiter-line.ts), whose first waiter reserves the time at which its
 * permits will be there, sleeps until then and passes. Nobody is woken by anybody, so no wake-up can be lost, and a
 * limiter that nobody waits for costs nothing.
 */
import { type Handle, registerKind, SharedObject } from '../memory/shared-object.ts';
import { ReveilleError } from '../errors.ts';
import { checkMayBlock } from '../signal/may-block.ts';
import { checkHandle } from '../signal/primitive.ts';
import { KIND } from '../signal/primitive-block.ts';
import { describe, type SyncWaitOptions, timeoutError } from '../signal/wait-options.ts';
import { blockUntilPassed } from './blocked-acquire.ts';
import type { Gcra } from './gcra.ts';
import { allocateGcra, attachGcra, isHandle } from './gcra-block.ts';
import { type LimiterLine, lineOf, linesOf } from './limiter-line.ts';
import { type Share, takeAll, waitForShares } from './limiter-waiter.ts';
import {
  type AcquireOptions,
  checkAcquireOptions,
  checkPenalty,
  checkPermits,
  checkRateLimiterOptions,
  type RateLimiterOptions,
  type RateLimiterStats,
} from './rate-limiter-options.ts';

const NAME = 'RateLimiter';
const DEFAULTS: AcquireOptions & SyncWaitOptions = {};
const PASSED: Promise<void> = Promise.resolve();

/**
 * A rate limiter for all threads: permits come at an even rate, and up to `burst` of them are kept.
 *
 * In no span of time do more permits pass than `burst` plus the rate times that span, in all threads together. (Where
 * threads' clocks have different origins, on Deno and Bun, they agree within a tenth of a millisecond.) Waits of one
 * thread are served in the order of asking, unless `priority` says otherwise; threads take turns. A wait that is
 * cancelled takes nothing, and its place is for the next.
 *
 * It passes to other threads as itself, as an argument, in `workerData` or in a message to a pool's thread.
 *
 * @example
 * ```ts
 * const limiter = new RateLimiter({ rate: 50, burst: 10 }); // 50 a second
 * for (const url of urls) {
 *   await limiter.acquire({ signal });
 *   const response = await fetch(url);
 *   if (response.status === 429) limiter.penalty(1_000 * Number(response.headers.get('retry-after') ?? 1));
 * }
 * ```
 */
export class RateLimiter extends SharedObject implements Disposable {
  /** Where the limiter lives. Send it to another thread, and make the same limiter there with `from`. */
  readonly handle: Handle;
  readonly #gcra: Gcra;
  readonly #lines: ReadonlyMap<number, LimiterLine>;

  /**
   * @param options - what it allows (a handle attaches to an existing one, as `from` does)
   * @throws {TypeError} or RangeError for a wrong option; ArenaFullError if there is no room for another
   */
  constructor(options: RateLimiterOptions | Handle) {
    super();
    this.handle = isHandle(options) ? options : allocateGcra(checkRateLimiterOptions(options));
    this.#gcra = attachGcra(this.handle);
    this.#lines = linesOf(this.#gcra.arena);
  }

  /** The limiter that a handle stands for, in this thread. */
  static from(handle: Handle): RateLimiter {
    checkHandle(NAME, KIND.rateLimiter, handle);
    return new RateLimiter(handle);
  }

  /**
   * Acquires permits of several limiters at one time, all or none.
   *
   * It waits for the limiter that has refused it last, in that one's order, and takes nothing meanwhile. So it may be
   * passed by those who want less for as long as not all of the limiters have enough at one time.
   *
   * @param budgets - each limiter with the number of permits wanted of it
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it took nothing
   * @example
   * ```ts
   * await RateLimiter.acquireAll([[requests, 1], [tokens, prompt.length]], { timeout: 5_000 });
   * ```
   */
  static acquireAll(
    budgets: ReadonlyArray<readonly [limiter: RateLimiter, count: number]>,
    options: AcquireOptions = DEFAULTS,
  ): Promise<void> {
    try {
      const shares = sharesOf(budgets, (limiter) => limiter.#gcra);
      checkAcquireOptions(options);
      options.signal?.throwIfAborted();
      const refused = takeAll(shares);
      if (refused === undefined) return PASSED;
      const { priority = 'normal' } = options;
      return waitForShares({ shares, priority, what: `${NAME}.acquireAll` }, refused, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Acquires permits of several limiters if all of them are there and nobody waits for them. */
  static tryAcquireAll(budgets: ReadonlyArray<readonly [limiter: RateLimiter, count: number]>): boolean {
    return takeAll(sharesOf(budgets, (limiter) => limiter.#gcra)) === undefined;
  }

  /**
   * Acquires `count` permits (1 unless told), all of them or none.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it took nothing. A
   *   RangeError if `count` is more than the burst: so many permits are never there at one time
   */
  acquire(options?: AcquireOptions): Promise<void>;
  acquire(count: number, options?: AcquireOptions): Promise<void>;
  acquire(first: number | AcquireOptions = 1, second: AcquireOptions = DEFAULTS): Promise<void> {
    try {
      const count = typeof first === 'object' ? 1 : first;
      const options = typeof first === 'object' ? first : second;
      if (options !== DEFAULTS) {
        checkAcquireOptions(options);
        options.signal?.throwIfAborted();
      }
      if (this.tryAcquire(count)) return PASSED;
      const share = { gcra: this.#gcra, count };
      const { priority = 'normal' } = options;
      return waitForShares({ shares: [share], priority, what: `${NAME}.acquire` }, share, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Acquires `count` permits, blocking the thread until they are there: before those that wait in this thread for the
   * event loop, since none of them can go on meanwhile.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless they are there or `allowBlocking`
   *   is given. A DeadlineExceededError after `timeout` milliseconds, as soon as it is known that they will not be
   *   there in time; then it took nothing
   */
  acquireSync(options?: SyncWaitOptions): void;
  acquireSync(count: number, options?: SyncWaitOptions): void;
  acquireSync(first: number | SyncWaitOptions = 1, second: SyncWaitOptions = DEFAULTS): void {
    const count = typeof first === 'object' ? 1 : first;
    const options = typeof first === 'object' ? first : second;
    checkAcquireOptions(options);
    this.#check(count);
    options.signal?.throwIfAborted();
    if (this.#gcra.takeUnreserved(count, this.#gcra.now())) return;
    const { timeout = Infinity, allowBlocking = false } = options;
    if (timeout === 0) throw timeoutError(`${NAME}.acquireSync`, timeout);
    if (!allowBlocking) checkMayBlock(`${NAME}.acquireSync`, `${NAME}.acquire`);
    if (!blockUntilPassed(this.#gcra, count, timeout)) throw timeoutError(`${NAME}.acquireSync`, timeout);
  }

  /**
   * Acquires `count` permits if they are there and nobody waits for them.
   *
   * @throws {RangeError} if `count` is more than the burst
   */
  tryAcquire(count = 1): boolean {
    this.#check(count);
    const gcra = this.#gcra;
    if (this.#lines.size > 0 && lineOf(gcra) !== undefined) return false;
    return gcra.takeUnreserved(count, gcra.now());
  }

  /**
   * Lets nobody pass for `ms` milliseconds, in any thread, as after an answer 429; then permits come at the rate again,
   * beginning with one. Those who wait already keep their order. A shorter penalty changes nothing about a longer one.
   */
  penalty(ms: number): void {
    this.#check(1);
    checkPenalty(ms);
    this.#gcra.penalize(ms);
  }

  /** What it looks like now. */
  stats(): RateLimiterStats {
    this.#check(1);
    const gcra = this.#gcra;
    const at = gcra.now();
    const taken = Math.max(0, gcra.arrival - at);
    return {
      // The rounding of the clock must not make a whole permit disappear.
      available: Math.max(0, Math.floor(gcra.burst - taken + 1e-6)),
      waiting: lineOf(gcra)?.size ?? 0,
      delay: gcra.milliseconds(at, gcra.horizon(at) + 1 - gcra.burst),
    };
  }

  /** Whether it was disposed, by this thread or another. */
  get isDisposed(): boolean {
    return this.#gcra.isDisposed;
  }

  /**
   * Gives its memory back to the arena. Waits in this thread are rejected at once, those in others when they would have
   * looked. Dispose it once no thread will use it any more: its place may serve something else at once.
   */
  [Symbol.dispose](): void {
    if (this.isDisposed) return;
    const line = lineOf(this.#gcra);
    this.#gcra.arena.free(this.handle.offset);
    line?.dissolve();
  }

  #check(count: number): void {
    const gcra = this.#gcra;
    if (gcra.isDisposed) throw new ReveilleError(`Cannot use the ${NAME}: it was disposed`);
    if (!(count >= 1 && count <= gcra.burst && Number.isInteger(count))) checkPermits("'count'", count, gcra.burst);
  }
}

registerKind(KIND.rateLimiter, RateLimiter.from);

function sharesOf(
  budgets: ReadonlyArray<readonly [limiter: RateLimiter, count: number]>,
  gcraOf: (limiter: RateLimiter) => Gcra,
): Share[] {
  if (!Array.isArray(budgets) || budgets.length === 0) {
    throw new TypeError(`Expected 'budgets' to be an array of pairs [limiter, count], got ${describe(budgets)}`);
  }
  const shares: Share[] = [];
  for (const [index, budget] of budgets.entries()) {
    const [limiter, count] = Array.isArray(budget) ? budget : [];
    if (!(limiter instanceof RateLimiter)) {
      throw new TypeError(`Expected 'budgets[${index}]' to be a pair [limiter, count], got ${describe(budget)}`);
    }
    const gcra = gcraOf(limiter);
    if (gcra.isDisposed) throw new ReveilleError(`Cannot use the ${NAME} of 'budgets[${index}]': it was disposed`);
    checkPermits(`'budgets[${index}][1]'`, count, gcra.burst);
    if (shares.some((other) => other.gcra.arena === gcra.arena && other.gcra.offset === gcra.offset)) {
      throw new TypeError(`Expected each limiter once in 'budgets', got that of 'budgets[${index}]' again`);
    }
    shares.push({ gcra, count });
  }
  // In one order for all, so that of two who want the same the one that gets the first gets the rest.
  return shares.sort((a, b) => a.gcra.offset - b.gcra.offset);
}

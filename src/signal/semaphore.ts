/** A number of permits that threads share. How they are counted and handed on is in permit-count.ts. */
import { add, load, store } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { checkCount } from './check-count.ts';
import { registerDescription } from './description.ts';
import {
  forgetReservation,
  givePermits,
  nextForPermits,
  reservePermits,
  resizePermits,
  takePermits,
  TOTAL,
} from './permit-count.ts';
import { Permit } from './permit.ts';
import { KIND, nextInterested, NO_THREAD, RESERVED, STATE, VERSION } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import { blockForOne, waitForOne } from './wait-for-one.ts';
import type { SyncWaitOptions, WaitOptions } from './wait-options.ts';
import { hasLocalWaiters, localThread, wake } from './local-waits.ts';
import type { Waiter } from './wait.ts';

/**
 * A counting semaphore for all threads.
 *
 * Requests of one thread are served in the order in which they were made. Between threads a request may be passed a few
 * times by others and then goes first; so do not rely on a small request going before a large one. Permits belong to
 * nobody: those that a thread holds when it dies are not given back.
 *
 * @example
 * ```ts
 * const connections = new Semaphore(10);
 * const permit = await connections.acquire({ timeout: 1_000 });
 * try {
 *   await query();
 * } finally {
 *   permit.release();
 * }
 * ```
 */
export class Semaphore extends Primitive {
  /** @internal */
  readonly isExclusive = true;

  /** @param permits - how many there are to begin with (a handle attaches to an existing one, as `from` does) */
  constructor(permits: number | Handle) {
    if (typeof permits !== 'object' || permits === null) checkCount('permits', permits, 0);
    super('Semaphore', KIND.semaphore, typeof permits === 'object' ? permits : undefined);
    if (typeof permits !== 'number') return;
    store(this.words, this.base + TOTAL, permits);
    store(this.words, this.base + STATE, permits);
  }

  /** The semaphore that a handle stands for, in this thread. */
  static from(handle: Handle): Semaphore {
    return new Semaphore(handle);
  }

  /** How many permits there are, free or not: as many as it was made with, unless it was resized. */
  get permits(): number {
    this.check();
    return load(this.words, this.base + TOTAL);
  }

  /**
   * How many permits are free at the moment. Negative while more are out than there are, because it was made smaller.
   */
  get available(): number {
    this.check();
    return load(this.words, this.base + STATE);
  }

  /**
   * Acquires `count` permits (1 unless told), all of them or none; in the order of asking within a thread.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it took nothing
   */
  acquire(options?: WaitOptions): Promise<Permit>;
  acquire(count: number, options?: WaitOptions): Promise<Permit>;
  acquire(first: number | WaitOptions = 1, second: WaitOptions = {}): Promise<Permit> {
    const count = typeof first === 'object' ? 1 : first;
    const options = typeof first === 'object' ? first : second;
    try {
      checkCount('count', count, 1);
    } catch (error) {
      return Promise.reject(error);
    }
    return waitForOne(this, 'acquire', options, () => new Permit(this, count), count);
  }

  /**
   * Acquires `count` permits, blocking the thread until they are there. Nothing else of this thread runs meanwhile, and
   * so nothing that would release permits: do not mix it with `acquire` in one thread.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless they are there or `allowBlocking`
   *   is
   *   given
   */
  acquireSync(options?: SyncWaitOptions): Permit;
  acquireSync(count: number, options?: SyncWaitOptions): Permit;
  acquireSync(first: number | SyncWaitOptions = 1, second: SyncWaitOptions = {}): Permit {
    const count = typeof first === 'object' ? 1 : first;
    const options = typeof first === 'object' ? first : second;
    checkCount('count', count, 1);
    return blockForOne(this, 'acquireSync', 'acquire', options, () => new Permit(this, count), count);
  }

  /** Acquires `count` permits if they are there and nobody in this thread waits already. */
  tryAcquire(count = 1): Permit | undefined {
    this.check();
    checkCount('count', count, 1);
    if (hasLocalWaiters(this.arena, this.handle.offset)) return undefined;
    const isTaken = takePermits(this.words, this.base, count, localThread(this.arena));
    return isTaken ? new Permit(this, count) : undefined;
  }

  /**
   * Adds `count` permits. Whoever holds a `Permit` calls its `release` instead, which is safe to call twice.
   *
   * @throws {RangeError} if there would be more than 2147483647.
   */
  release(count = 1): void {
    this.check();
    checkCount('count', count, 1);
    givePermits(this.arena, this.handle.offset, count);
  }

  /**
   * Makes it a semaphore with `permits` permits. New ones go to those who wait. If there are to be fewer, those that
   * are free go at once, and those that are out as they come back: until then nobody gets one.
   *
   * `release` without having acquired adds permits that this does not count: they stay on top.
   *
   * @throws {RangeError} when `permits` is not a whole number from 0 to 2147483647
   */
  resize(permits: number): void {
    this.check();
    checkCount('permits', permits, 0);
    resizePermits(this.arena, this.handle.offset, permits);
  }

  /** @internal */
  get version(): number {
    return load(this.words, this.base + VERSION);
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake(waiter: Waiter, thread: number): boolean {
    if (!takePermits(this.words, this.base, waiter.amount, thread)) return false;
    if (waiter.isHeld) this.withdraw(waiter, thread);
    return true;
  }

  /** @internal */
  giveBack(amount: number): void {
    this.release(amount);
  }

  /** @internal */
  passOn(thread: number): void {
    if (load(this.words, this.base + STATE) <= 0) return;
    const next = nextForPermits(this.words, this.base, thread);
    if (next !== NO_THREAD && next !== thread) wake(this.arena, this.handle.offset, next);
  }

  /** @internal */
  override reserve(waiter: Waiter, thread: number): boolean {
    return reservePermits(this.words, this.base, waiter, thread);
  }

  /** @internal Others may have been refused because of it: they are asked again. */
  override withdraw(waiter: Waiter, thread: number): void {
    waiter.isHeld = false;
    store(this.words, this.base + RESERVED, 0);
    add(this.words, this.base + VERSION, 1);
    this.passOn(thread);
  }
}

registerKind(KIND.semaphore, Semaphore.from);

registerDescription(KIND.semaphore, ({ i32 }, offset) => ({
  state: `${load(i32, (offset >> 2) + STATE)} of ${load(i32, (offset >> 2) + TOTAL)} permits free`,
  holders: [],
}));

registerRecovery(KIND.semaphore, {
  forget: ({ i32 }, offset, thread) => forgetReservation(i32, offset >> 2, thread),
  alert(arena, offset, thread) {
    const base = offset >> 2;
    if (load(arena.i32, base + STATE) <= 0) return;
    // The version: those who were asked before are asked again, for the dead thread may have released permits since.
    add(arena.i32, base + VERSION, 1);
    const next = nextInterested(arena.i32, base, thread);
    if (next !== NO_THREAD) wake(arena, offset, next);
  },
});

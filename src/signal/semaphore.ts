/**
 * A number of permits that threads share.
 *
 * The state is the number of permits that are free; a CAS takes them. Who adds some (`release`, a cancelled wait)
 * first adds, then counts up the version, then rings as many interested threads as there are new permits. A thread
 * that was rung takes what its waiters want, first come first; if permits are left that they cannot use, or it has no
 * waiters any more, it rings the next interested thread. With weights that baton could go round for ever, so a thread
 * passes it once for each version: by then every interested thread has tried with at least these permits.
 *
 * Within one thread waiters are served strictly in order, so a large request is not starved by small ones. Threads
 * are rung in turn, but one that is awake may take a permit before one that has been rung. A waiter that was passed
 * over `PATIENCE` times therefore makes a reservation, one per semaphore: a word that names its thread and
 * how many permits it wants. Others then take only what leaves that many. It is a hint to the others and never an
 * account, so a thread that dies with a reservation loses nobody a permit.
 *
 * After tokio's batch semaphore (https://docs.rs/tokio/latest/tokio/sync/struct.Semaphore.html) in what it promises,
 * and WebKit's parking lot (https://webkit.org/blog/6161/locking-in-webkit/) in that it is fair eventually, not
 * always.
 */
import { add, compareExchange, load, store } from '../memory/atomic.ts';
import { MAX_THREADS } from '../memory/layout.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { Permit } from './permit.ts';
import { CURSOR, isInterested, KIND, nextInterested, NO_THREAD, RESERVED, STATE, VERSION } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import { describe, type SyncWaitOptions, type WaitOptions } from './wait-options.ts';
import { hasLocalWaiters, localThread, wake } from './wait-set.ts';
import { Wait, type Waiter } from './wait.ts';
import { waitBlocking, waitInLoop } from './waiting.ts';

/** How often a waiter lets others go before it. */
const PATIENCE = 8;
const MOST_PERMITS = 2 ** 31 - 1;
/** A reservation has room for so many; who asks for more gets none. */
const MOST_RESERVED = 2 ** 24 - 1;

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
    if (typeof permits === 'number') store(this.words, this.base + STATE, permits);
  }

  /** The semaphore that a handle stands for, in this thread. */
  static from(handle: Handle): Semaphore {
    return new Semaphore(handle);
  }

  /** How many permits are free at the moment. */
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
    const wait = new Wait();
    try {
      this.#prepare(wait, count);
    } catch (error) {
      return Promise.reject(error);
    }
    const options = typeof first === 'object' ? first : second;
    return waitInLoop(wait, 'Semaphore.acquire', options, () => new Permit(this, count));
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
    const wait = new Wait();
    this.#prepare(wait, count);
    const options = typeof first === 'object' ? first : second;
    return waitBlocking(wait, 'Semaphore.acquireSync', 'Semaphore.acquire', options, () => new Permit(this, count));
  }

  /** Acquires `count` permits if they are there and nobody in this thread waits already. */
  tryAcquire(count = 1): Permit | undefined {
    this.check();
    checkCount('count', count, 1);
    if (hasLocalWaiters(this.arena, this.handle.offset)) return undefined;
    return this.#take(count, localThread(this.arena)) ? new Permit(this, count) : undefined;
  }

  /**
   * Adds `count` permits. Whoever holds a `Permit` calls its `release` instead, which is safe to call twice.
   *
   * @throws {RangeError} if there would be more than 2147483647.
   */
  release(count = 1): void {
    this.check();
    checkCount('count', count, 1);
    for (;;) {
      const free = load(this.words, this.base + STATE);
      if (free + count > MOST_PERMITS) {
        throw new RangeError(
          `Cannot release ${count} permits: ${free} are free, and there can be no more than ${MOST_PERMITS}`,
        );
      }
      if (compareExchange(this.words, this.base + STATE, free, free + count) === free) break;
    }
    add(this.words, this.base + VERSION, 1);
    this.#wakeUpTo(count);
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
    if (!this.#take(waiter.amount, thread)) return false;
    if (waiter.isHeld) this.withdraw(waiter, thread);
    return true;
  }

  /** @internal */
  giveBack(amount: number): void {
    this.release(amount);
  }

  /** @internal */
  passOn(thread: number): void {
    if (load(this.words, this.base + STATE) === 0) return;
    const next = this.#nextAfter(thread);
    if (next !== NO_THREAD && next !== thread) wake(this.arena, this.handle.offset, next);
  }

  /** @internal */
  override reserve(waiter: Waiter, thread: number): boolean {
    if (waiter.isHeld || waiter.amount > MOST_RESERVED || ++waiter.passedOver < PATIENCE) return false;
    const reservation = ((thread + 1) << 24) | waiter.amount;
    waiter.isHeld = compareExchange(this.words, this.base + RESERVED, 0, reservation) === 0;
    return waiter.isHeld;
  }

  /** @internal Others may have been refused because of it: they are asked again. */
  override withdraw(waiter: Waiter, thread: number): void {
    waiter.isHeld = false;
    store(this.words, this.base + RESERVED, 0);
    add(this.words, this.base + VERSION, 1);
    this.passOn(thread);
  }

  #prepare(wait: Wait, count: number): void {
    this.check();
    checkCount('count', count, 1);
    wait.add(this, 0, count);
  }

  #take(count: number, thread: number): boolean {
    for (;;) {
      const reservation = load(this.words, this.base + RESERVED);
      const mine = reservation >>> 24 === thread + 1;
      const needed = mine ? count : count + (reservation & MOST_RESERVED);
      const free = load(this.words, this.base + STATE);
      if (free < needed) return false;
      if (compareExchange(this.words, this.base + STATE, free, free - count) === free) return true;
    }
  }

  /** The thread to wake: the one with a reservation, which nobody may go before, else the next in turn. */
  #nextAfter(thread: number): number {
    const reservedBy = (load(this.words, this.base + RESERVED) >>> 24) - 1;
    if (reservedBy >= 0 && reservedBy !== thread && isInterested(this.words, this.base, reservedBy)) return reservedBy;
    return nextInterested(this.words, this.base, thread);
  }

  /** Rings one thread for each new permit, each thread once. */
  #wakeUpTo(count: number): void {
    const first = this.#nextAfter(load(this.words, this.base + CURSOR));
    let next = first;
    for (let left = Math.min(count, MAX_THREADS); next !== NO_THREAD && left > 0; left--) {
      store(this.words, this.base + CURSOR, next);
      wake(this.arena, this.handle.offset, next);
      next = nextInterested(this.words, this.base, next);
      if (next === first) return;
    }
  }
}

registerKind(KIND.semaphore, Semaphore.from);

registerRecovery(KIND.semaphore, {
  forget({ i32 }, offset, thread) {
    const word = (offset >> 2) + RESERVED;
    const reservation = load(i32, word);
    if (reservation >>> 24 === thread + 1) compareExchange(i32, word, reservation, 0);
  },
  alert(arena, offset, thread) {
    const base = offset >> 2;
    if (load(arena.i32, base + STATE) === 0) return;
    // The version: those who were asked before are asked again, for the dead thread may have released permits since.
    add(arena.i32, base + VERSION, 1);
    const next = nextInterested(arena.i32, base, thread);
    if (next !== NO_THREAD) wake(arena, offset, next);
  },
});

function checkCount(name: string, value: unknown, least: number): void {
  if (typeof value !== 'number') throw new TypeError(`Expected '${name}' to be a number, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < least || value > MOST_PERMITS) {
    throw new RangeError(`Expected '${name}' to be a whole number from ${least} to ${MOST_PERMITS}, got ${value}`);
  }
}

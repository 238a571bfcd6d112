/** A lock that belongs to a thread, and is handed on when that thread dies: its public face (mutex-block.ts). */
import { load } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { DeadlockError, ReveilleError } from '../errors.ts';
import { givenBack, ownerOf, released, releasesOf } from './lock-word.ts';
import { freeMutex, nextToHave, takeMutex } from './mutex-block.ts';
import { MutexGuard } from './mutex-guard.ts';
import { KIND, NO_THREAD, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { reserveInTime, unreserve } from './reservation.ts';
import { checkWaitOptions, type SyncWaitOptions, type WaitOptions } from './wait-options.ts';
import { attachedThread, hasLocalWaiters, wake } from './local-waits.ts';
import { Wait, type Waiter } from './wait.ts';
import { waitBlocking, waitInLoop } from './waiting.ts';

/**
 * Mutual exclusion among all threads and, within a thread, among its asynchronous flows.
 *
 * It is not recursive: a flow that locks it twice waits for itself (`inspectWaits` shows it). Requests of one thread
 * are served in the order in which they were made; between threads, one that is awake may go before one that sleeps, a
 * few times. When a thread dies with it, the next owner gets it and is told by `guard.wasAbandoned`; see
 * `superviseThread` for threads that no pool has started.
 *
 * @example
 * ```ts
 * const mutex = new Mutex();
 * const guard = await mutex.lock({ timeout: 1_000 });
 * try {
 *   if (guard.wasAbandoned) await repair();
 *   await update();
 * } finally {
 *   guard.release();
 * }
 * ```
 */
export class Mutex extends Primitive {
  /** @internal */
  readonly isExclusive = true;

  /** @param handle - of an existing mutex, as for `from`; without it, a new one is made */
  constructor(handle?: Handle) {
    super('Mutex', KIND.mutex, handle);
  }

  /** The mutex that a handle stands for, in this thread. */
  static from(handle: Handle): Mutex {
    return new Mutex(handle);
  }

  /** Whether some thread has it at the moment. */
  get isLocked(): boolean {
    this.check();
    return ownerOf(this.#word) !== NO_THREAD;
  }

  /**
   * Locks it, after those that already wait in this thread.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it is not locked
   */
  lock(options?: WaitOptions): Promise<MutexGuard> {
    const wait = new Wait();
    try {
      // Most locks are free when they are asked for.
      const guard = options === undefined ? this.tryLock() : undefined;
      if (guard !== undefined) return Promise.resolve(guard);
      this.check();
      wait.add(this, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    return waitInLoop(wait, 'Mutex.lock', options ?? {}, this.#guard);
  }

  /**
   * Locks it, blocking the thread until it has it, before what waits asynchronously in this thread.
   *
   * @throws {DeadlockError} if this thread has it, in whichever flow: that one could not go on to release it.
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it is free or `allowBlocking` is
   *   given
   */
  lockSync(options?: SyncWaitOptions): MutexGuard {
    this.check();
    if (options !== undefined) checkWaitOptions(options);
    options?.signal?.throwIfAborted();
    const thread = attachedThread(this.arena);
    if (this.#take(thread)) return this.#guard();
    if (ownerOf(this.#word) === thread) {
      throw new DeadlockError(
        'Cannot block this thread in Mutex.lockSync: it has the Mutex itself, and could not release it while it is ' +
          'blocked; release it first, or await Mutex.lock in a flow of its own',
      );
    }
    const wait = new Wait();
    wait.add(this, 0);
    return waitBlocking(wait, 'Mutex.lockSync', 'Mutex.lock', options ?? {}, this.#guard);
  }

  /** Locks it if it is free and nobody in this thread waits for it already. */
  tryLock(): MutexGuard | undefined {
    this.check();
    if (hasLocalWaiters(this.arena, this.handle.offset)) return undefined;
    return this.#take(attachedThread(this.arena)) ? this.#guard() : undefined;
  }

  /**
   * Calls `fn` while it is locked, and releases it once what `fn` returns has settled.
   *
   * @throws what `lock` and `fn` throw
   * @example
   * ```ts
   * const balance = await mutex.run(() => withdraw(20), { timeout: 1_000 });
   * ```
   */
  async run<T>(fn: (guard: MutexGuard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    if (typeof fn !== 'function') throw new TypeError(`Expected 'fn' to be a function, got ${typeof fn}`);
    const guard = await this.lock(options);
    try {
      return await fn(guard);
    } finally {
      guard.release();
    }
  }

  /**
   * Releases it without a guard: for a thread that has it because `waitAny` or `waitAll` took it.
   *
   * @throws {ReveilleError} unless this thread has it.
   */
  unlock(): void {
    this.check();
    const word = this.#word;
    const owner = ownerOf(word);
    if (owner === NO_THREAD || owner !== attachedThread(this.arena)) {
      const who = owner === NO_THREAD ? 'nobody has it' : `thread ${owner} has it`;
      throw new ReveilleError(`Cannot unlock the Mutex: this thread does not have it, ${who}`);
    }
    this.#free(released(word), owner);
  }

  /** @internal Whether the mutex is held, and by the hold that `hold` was the word of. */
  isHold(hold: number): boolean {
    return !this.isDisposed && this.#word === hold;
  }

  /** @internal A guard must not throw at the end of its scope: with the mutex gone there is nothing to release. */
  releaseHold(hold: number): void {
    if (this.isHold(hold)) this.#free(released(hold), ownerOf(hold));
  }

  /** @internal */
  get version(): number {
    return releasesOf(this.#word);
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake(waiter: Waiter): boolean {
    const thread = attachedThread(this.arena);
    if (!this.#take(thread)) return false;
    // Those that it barred are rung when the lock is released.
    if (waiter.isHeld) unreserve(this.words, this.base, thread);
    waiter.isHeld = false;
    return true;
  }

  /** @internal It was not used: whoever comes next is told of a death as this one would have been. */
  giveBack(): void {
    const word = this.#word;
    const thread = attachedThread(this.arena);
    if (ownerOf(word) === thread) this.#free(givenBack(word), thread);
  }

  /** @internal */
  passOn(thread: number): void {
    if (ownerOf(this.#word) !== NO_THREAD) return;
    const next = nextToHave(this.words, this.base, thread);
    if (next !== NO_THREAD && next !== thread) wake(this.arena, this.handle.offset, next);
  }

  /** @internal */
  override reserve(waiter: Waiter, thread: number): boolean {
    return reserveInTime(this.words, this.base, waiter, thread);
  }

  /** @internal Others may have been refused because of it. */
  override withdraw(waiter: Waiter, thread: number): void {
    waiter.isHeld = false;
    unreserve(this.words, this.base, thread);
    this.passOn(thread);
  }

  get #word(): number {
    return load(this.words, this.base + STATE);
  }

  readonly #guard = (): MutexGuard => new MutexGuard(this, this.#word);

  #take(thread: number): boolean {
    return takeMutex(this.words, this.base, thread);
  }

  #free(word: number, thread: number): void {
    freeMutex(this.arena, this.handle.offset, word, thread);
  }
}

registerKind(KIND.mutex, Mutex.from);

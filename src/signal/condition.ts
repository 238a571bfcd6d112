/** A condition: waiting for a change of what a mutex guards. Its state, and why nothing is lost: condition-block.ts. */
import { DeadlineExceededError, DeadlockError, ReveilleError } from '../errors.ts';
import { defaultArena } from '../memory/arena.ts';
import { load, store } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import {
  CONDITION_BYTES,
  countOff,
  countWaiter,
  interestedAfter,
  MUTEX,
  MUTEX_GENERATION,
  notify,
  notifyEveryone,
  takeNotification,
} from './condition-block.ts';
import { deadlines } from './deadlines.ts';
import { checkMayBlock } from './may-block.ts';
import { MutexGuard } from './mutex-guard.ts';
import { Mutex } from './mutex.ts';
import { CURSOR, join, KIND, leave } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { checkWaitOptions, describe, type SyncWaitOptions, timeoutError, type WaitOptions } from './wait-options.ts';
import { attachedThread, hasLocalWaiters, lookNow, wake } from './local-waits.ts';
import { Wait, Waiter } from './wait.ts';
import { nothing } from './wait-for-one.ts';
import { waitBlocking, waitInLoop } from './waiting.ts';

/**
 * Waits for changes of what a `Mutex` guards.
 *
 * Waiting releases the mutex and locks it again before it returns, in every case: also when the wait was cancelled or
 * timed out, the guard holds. Others may have had the mutex first, so look at what you waited for in a loop, or use
 * `waitFor`. A wait returns without a notification only when some thread of the arena has died.
 *
 * @example
 * ```ts
 * const mutex = new Mutex();
 * const changed = new Condition(mutex);
 * const guard = await mutex.lock();
 * await changed.waitFor(guard, () => Atomics.load(count, 0) > 0);
 * guard.release();
 * // in another thread, with the mutex: Atomics.add(count, 0, 1), then
 * changed.notifyOne();
 * ```
 */
export class Condition extends Primitive {
  /** @internal */
  readonly isExclusive = true;
  /** @internal */
  readonly version = 0;
  /** The mutex that whoever waits has. */
  readonly mutex: Mutex;

  /** @param mutex - the mutex (a handle attaches to an existing condition, as `from` does) */
  constructor(mutex: Mutex | Handle) {
    const isNew = mutex instanceof Mutex;
    if (isNew) checkMutex(mutex);
    super('Condition', KIND.condition, isNew ? undefined : mutex, CONDITION_BYTES);
    this.mutex = isNew ? mutex : this.#findMutex();
    if (!isNew) return;
    store(this.words, this.base + MUTEX, mutex.handle.offset);
    store(this.words, this.base + MUTEX_GENERATION, mutex.generation);
  }

  /** The condition that a handle stands for, in this thread. */
  static from(handle: Handle): Condition {
    return new Condition(handle);
  }

  /** Lets one go of those who wait, if somebody does. Threads take turns. */
  notifyOne(): void {
    this.check();
    const { words, base } = this;
    for (const thread of interestedAfter(words, base, load(words, base + CURSOR))) {
      if (!notify(words, base, thread, 1)) continue;
      store(words, base + CURSOR, thread);
      wake(this.arena, this.handle.offset, thread);
      return;
    }
  }

  /** Lets all go who wait at this moment. */
  notifyAll(): void {
    this.check();
    notifyEveryone(this.arena, this.handle.offset);
  }

  /**
   * Releases the mutex, waits to be notified, and locks the mutex again.
   *
   * @param guard - a hold of the mutex; it holds again when the promise settles
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds, as soon as the mutex could be
   *   locked again: neither ends the wait for that
   */
  wait(guard: MutexGuard, options: WaitOptions = {}): Promise<void> {
    try {
      this.#checkWait(guard, options);
      const wait = this.#begin(guard);
      const notified = waitInLoop(wait, 'Condition.wait', options, nothing);
      this.#endUnlessLinked(wait);
      return this.#lockAfter(notified, guard, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * As `wait`, blocking the thread.
   *
   * @throws {DeadlockError} if a flow of this thread waits for the mutex: it would get it and could not go on.
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless `allowBlocking` is given
   */
  waitSync(guard: MutexGuard, options: SyncWaitOptions = {}): void {
    this.#checkWait(guard, options);
    if (options.allowBlocking !== true) checkMayBlock('Condition.waitSync', 'Condition.wait');
    if (hasLocalWaiters(this.arena, this.mutex.handle.offset)) {
      throw new DeadlockError(
        'Cannot block this thread in Condition.waitSync: another flow of it waits for the Mutex, and could not ' +
          'release it while the thread is blocked; await Condition.wait instead',
      );
    }
    // What came for those of this thread who wait already is theirs.
    lookNow(this.arena, this.handle.offset);
    const wait = this.#begin(guard);
    try {
      waitBlocking(wait, 'Condition.waitSync', 'Condition.wait', options, nothing);
    } finally {
      this.#endUnlessLinked(wait);
      guard.hold = this.mutex.lockSync({ allowBlocking: true }).hold;
    }
  }

  /**
   * Waits until `predicate` holds: looks, with the mutex, now and after each notification.
   *
   * @throws as `wait` does, and what `predicate` throws
   */
  async waitFor(guard: MutexGuard, predicate: () => boolean, options: WaitOptions = {}): Promise<void> {
    this.#checkWait(guard, options);
    if (typeof predicate !== 'function') {
      throw new TypeError(`Expected 'predicate' to be a function, got ${describe(predicate)}`);
    }
    const { timeout = Infinity, signal } = options;
    const time = deadlines();
    const end = time.now() + timeout;
    try {
      while (!predicate()) await this.wait(guard, { ...options, timeout: Math.max(0, end - time.now()) });
    } catch (error) {
      const isLate = error instanceof DeadlineExceededError && error !== signal?.reason && time.now() >= end;
      throw isLate ? timeoutError('Condition.waitFor', timeout) : error;
    }
  }

  /** @internal */
  observe(): number {
    throw new TypeError('Cannot wait for a Condition without its mutex: use its own wait');
  }

  /** @internal */
  tryTake(waiter: Waiter): boolean {
    if (!takeNotification(this.words, this.base, attachedThread(this.arena))) return false;
    waiter.isHeld = false;
    return true;
  }

  /** @internal */
  giveBack(): void {}

  /** @internal Notifications are given to a thread, and it passes on what it cannot use in `withdraw`. */
  passOn(): void {}

  /** @internal */
  override withdraw(waiter: Waiter, thread: number): void {
    waiter.isHeld = false;
    if (countOff(this.words, this.base, thread)) this.notifyOne();
  }

  #findMutex(): Mutex {
    const offset = load(this.words, this.base + MUTEX);
    const { buffer } = this.arena;
    const mutex = Mutex.from({ buffer, kind: KIND.mutex, offset });
    if (mutex.generation === load(this.words, this.base + MUTEX_GENERATION)) return mutex;
    throw new ReveilleError('Cannot attach to the Condition: its Mutex was disposed');
  }

  #checkWait(guard: MutexGuard, options: WaitOptions & SyncWaitOptions): void {
    this.check();
    checkWaitOptions(options);
    if (!(guard instanceof MutexGuard)) {
      throw new TypeError(`Expected 'guard' to be a MutexGuard, got ${describe(guard)}`);
    }
    const { mutex } = this;
    if (guard.mutex.handle.offset !== mutex.handle.offset || guard.mutex.arena !== mutex.arena) {
      throw new ReveilleError("Cannot wait for the Condition: the guard is not one of the condition's own mutex");
    }
    if (!guard.isHeld) throw new ReveilleError('Cannot wait for the Condition: the guard was released');
    options.signal?.throwIfAborted();
  }

  /** Counts a waiter and releases the mutex, in this order: who has the mutex next finds it. */
  #begin(guard: MutexGuard): Wait {
    const { words, base } = this;
    const thread = attachedThread(this.arena);
    join(words, base, thread);
    countWaiter(words, base, thread);
    const wait = new Wait();
    const waiter = new Waiter(wait, this, 0, 1, 0);
    waiter.isHeld = true;
    wait.waiters.push(waiter);
    guard.release();
    return wait;
  }

  /** The wait failed before it was one: nobody will count it off. */
  #endUnlessLinked({ waiters: [waiter] }: Wait): void {
    if (waiter === undefined || waiter.queue !== undefined || this.isDisposed) return;
    const thread = attachedThread(this.arena);
    if (waiter.isHeld) this.withdraw(waiter, thread);
    if (!hasLocalWaiters(this.arena, this.handle.offset)) leave(this.words, this.base, thread);
  }

  async #lockAfter(notified: Promise<void>, guard: MutexGuard, { ref = true }: WaitOptions): Promise<void> {
    try {
      await notified;
    } finally {
      guard.hold = (await this.mutex.lock({ ref })).hold;
    }
  }
}

registerKind(KIND.condition, Condition.from);

function checkMutex(mutex: Mutex): void {
  mutex.check();
  if (mutex.arena === defaultArena()) return;
  throw new ReveilleError("Cannot make a Condition for a Mutex of another arena than this thread's own");
}

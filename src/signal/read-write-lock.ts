/**
 * A lock that many may read under and one may write under.
 *
 * A reader sets its thread's bit and then looks at the writer's word; if there is a writer, it takes the bit back and
 * waits. A writer claims the word and then looks at the bits; if there are readers, it waits until they have left, and
 * no new ones come in, so that they cannot starve it. All atomics have one order: a reader and a writer at the same
 * moment cannot both miss each other (Dekker's argument,
 * https://www.cs.utexas.edu/~EWD/transcriptions/EWD01xx/EWD123.html). Only when the bits are clear the word is marked
 * as granted; that mark tells a writer that dies from one that only waited.
 *
 * **Who rings.** A thread whose last reader leaves, or takes its bit back, then looks at the writer's word and rings
 * the thread that waits there. Whoever frees that word rings all interested threads. So does whoever drops a
 * reservation (reservation.ts), since it may have barred any of them. There is no baton, so none is lost by a thread
 * that dies.
 *
 * A claim belongs to a thread, for whichever of its waiters comes first. A reader of the same thread that goes before
 * them, because it blocks, passes the claim: it would otherwise wait for what cannot go on.
 *
 * **Death.** Each step leaves at most a bit or a claim that names the dead thread. The observer clears both, as often
 * as it likes, and rings everybody.
 */
import { DeadlockError } from '../errors.ts';
import { and, compareExchange, load, or, store } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { givenBack, granted, isGranted, ownerOf, released, releasesOf, takenBy } from './lock-word.ts';
import { forEachInterested, KIND, NO_THREAD, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { COUNTS, READ_WRITE_BYTES, READERS, readersOf } from './read-write-block.ts';
import { ReadWriteGuard } from './read-write-guard.ts';
import { isReservedForOther, reservedFor, reserveInTime, unreserve } from './reservation.ts';
import { checkWaitOptions, type SyncWaitOptions, type WaitOptions } from './wait-options.ts';
import { attachedThread, hasLocalWaiters, wake } from './local-waits.ts';
import { Wait, Waiter } from './wait.ts';
import { waitBlocking, waitInLoop } from './waiting.ts';

/** What a waiter asks for, as its amount. */
const READ = 0;
const WRITE = 1;

/**
 * Many readers or one writer, among all threads and, within a thread, among its asynchronous flows.
 *
 * A writer that waits bars new readers, so readers cannot starve it; so a flow that reads must not ask to read again,
 * nor to write, before it has released. When a thread dies, its readers are taken off; if it was writing, the guards of
 * all who come next say so until a writer has released.
 *
 * @example
 * ```ts
 * const lock = new ReadWriteLock();
 * const guard = await lock.read();
 * try {
 *   return lookUp(key);
 * } finally {
 *   guard.release();
 * }
 * ```
 */
export class ReadWriteLock extends Primitive {
  /** @internal */
  readonly isExclusive = true;

  /** @param handle - of an existing lock, as for `from`; without it, a new one is made */
  constructor(handle?: Handle) {
    super('ReadWriteLock', KIND.readWriteLock, handle, READ_WRITE_BYTES);
  }

  /** The lock that a handle stands for, in this thread. */
  static from(handle: Handle): ReadWriteLock {
    return new ReadWriteLock(handle);
  }

  /** Whether some thread writes, or waits to write as soon as the readers have left. */
  get isWriteLocked(): boolean {
    this.check();
    return ownerOf(this.#word) !== NO_THREAD;
  }

  /** In how many threads somebody reads. */
  get readingThreads(): number {
    this.check();
    return readersOf(this.arena, this.handle.offset).length;
  }

  /**
   * Waits until nobody writes or is the next to write, and reads.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it does not read
   */
  read(options: WaitOptions = {}): Promise<ReadWriteGuard> {
    return this.#wait(READ, 'ReadWriteLock.read', options, this.#readGuard);
  }

  /**
   * Waits until nobody reads or writes, and writes.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it does not write
   */
  write(options: WaitOptions = {}): Promise<ReadWriteGuard> {
    return this.#wait(WRITE, 'ReadWriteLock.write', options, this.#writeGuard);
  }

  /**
   * As `read`, blocking the thread.
   *
   * @throws {DeadlockError} if this thread itself writes, or reads while another waits to write.
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it need not wait or `allowBlocking`
   *   is given
   */
  readSync(options: SyncWaitOptions = {}): ReadWriteGuard {
    const thread = this.#prepareToBlock(options);
    if (this.#tryRead(thread)) return this.#readGuard();
    if (this.#isWriter(thread) || this.#reads(thread) > 0) throw selfDeadlock('readSync', 'read');
    const wait = this.#newWait(READ);
    return waitBlocking(wait, 'ReadWriteLock.readSync', 'ReadWriteLock.read', options, this.#readGuard);
  }

  /**
   * As `write`, blocking the thread.
   *
   * @throws {DeadlockError} if this thread itself reads or writes, in whichever flow.
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it need not wait or `allowBlocking`
   *   is given
   */
  writeSync(options: SyncWaitOptions = {}): ReadWriteGuard {
    const thread = this.#prepareToBlock(options);
    if (this.#isWriter(thread) || this.#reads(thread) > 0) throw selfDeadlock('writeSync', 'write');
    const wait = this.#newWait(WRITE);
    return waitBlocking(wait, 'ReadWriteLock.writeSync', 'ReadWriteLock.write', options, this.#writeGuard);
  }

  /** Reads if nobody writes or waits to, and nobody in this thread waits for the lock. */
  tryRead(): ReadWriteGuard | undefined {
    this.check();
    if (hasLocalWaiters(this.arena, this.handle.offset)) return undefined;
    return this.#tryRead(attachedThread(this.arena)) ? this.#readGuard() : undefined;
  }

  /** Writes if nobody reads or writes, and nobody in this thread waits for the lock. */
  tryWrite(): ReadWriteGuard | undefined {
    this.check();
    if (hasLocalWaiters(this.arena, this.handle.offset)) return undefined;
    return this.#tryWrite(attachedThread(this.arena), false) ? this.#writeGuard() : undefined;
  }

  /** @internal */
  endRead(): void {
    const thread = attachedThread(this.arena);
    const count = this.#reads(thread) - 1;
    this.words[this.base + COUNTS + thread] = count;
    if (count === 0) this.#clearBit(thread);
  }

  /** @internal */
  endWrite(hold: number): void {
    if (this.#word === hold) this.#free(released(hold));
  }

  /** @internal */
  get version(): number {
    return releasesOf(this.#word);
  }

  /** @internal */
  observe(): number {
    throw new TypeError('Cannot wait for a ReadWriteLock without saying what for: use its read or write');
  }

  /** @internal */
  tryTake(waiter: Waiter): boolean {
    const thread = attachedThread(this.arena);
    const isLinked = waiter.queue !== undefined;
    const taken = waiter.amount === READ ? this.#tryRead(thread) : this.#tryWrite(thread, isLinked);
    if (taken) {
      if (waiter.isHeld) this.#dropReservation(thread);
      waiter.isHeld = false;
    } else if (isLinked && waiter.amount === WRITE && ownerOf(this.#word) === thread) {
      // The claim is this waiter's, to be taken back if it does not go on.
      waiter.isHeld = true;
    }
    return taken;
  }

  /** @internal */
  giveBack(): void {}

  /** @internal Whoever frees it rings everyone: there is nothing to pass on. */
  passOn(): void {}

  /** @internal */
  override reserve(waiter: Waiter, thread: number): boolean {
    return reserveInTime(this.words, this.base, waiter, thread);
  }

  /** @internal A reservation or a claim, or both. */
  override withdraw(waiter: Waiter, thread: number): void {
    waiter.isHeld = false;
    this.#dropReservation(thread);
    const word = this.#word;
    if (ownerOf(word) === thread && !isGranted(word)) this.#free(givenBack(word));
  }

  get #word(): number {
    return load(this.words, this.base + STATE);
  }

  readonly #readGuard = (): ReadWriteGuard => new ReadWriteGuard(this, 'read', this.#word);
  readonly #writeGuard = (): ReadWriteGuard => new ReadWriteGuard(this, 'write', this.#word);

  #wait(amount: number, what: string, options: WaitOptions, result: () => ReadWriteGuard): Promise<ReadWriteGuard> {
    try {
      this.check();
      return waitInLoop(this.#newWait(amount), what, options, result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #newWait(amount: number): Wait {
    const wait = new Wait();
    wait.waiters.push(new Waiter(wait, this, 0, amount, 0));
    return wait;
  }

  #prepareToBlock(options: SyncWaitOptions): number {
    this.check();
    checkWaitOptions(options);
    options.signal?.throwIfAborted();
    return attachedThread(this.arena);
  }

  #reads(thread: number): number {
    return this.words[this.base + COUNTS + thread] as number;
  }

  #isWriter(thread: number): boolean {
    const word = this.#word;
    return ownerOf(word) === thread && isGranted(word);
  }

  #tryRead(thread: number): boolean {
    const count = this.#reads(thread);
    if (this.#isBarred(thread)) return false;
    if (count === 0) {
      // Before the look that decides: a writer that claims after it sees the bit.
      or(this.words, this.base + READERS + (thread >> 5), 1 << (thread & 31));
      if (this.#isBarred(thread)) {
        this.#clearBit(thread);
        return false;
      }
    }
    this.words[this.base + COUNTS + thread] = count + 1;
    return true;
  }

  #isBarred(thread: number): boolean {
    const word = this.#word;
    const owner = ownerOf(word);
    if (owner !== NO_THREAD && (owner !== thread || isGranted(word))) return true;
    return isReservedForOther(this.words, this.base, thread);
  }

  /** @param keep - whether to keep the claim if there are readers: by a waiter that will be rung when they leave */
  #tryWrite(thread: number, keep: boolean): boolean {
    let word = this.#word;
    let isNew = false;
    while (ownerOf(word) === NO_THREAD) {
      if (isReservedForOther(this.words, this.base, thread) || (!keep && this.#isRead())) return false;
      isNew = compareExchange(this.words, this.base + STATE, word, takenBy(word, thread)) === word;
      word = this.#word;
    }
    if (ownerOf(word) !== thread || isGranted(word)) return false;
    if (!this.#isRead()) {
      store(this.words, this.base + STATE, granted(word));
      return true;
    }
    if (isNew && !keep) this.#free(givenBack(word));
    return false;
  }

  #isRead(): boolean {
    return load(this.words, this.base + READERS) !== 0 || load(this.words, this.base + READERS + 1) !== 0;
  }

  /** The thread reads no longer, and a writer that waits for that is told. */
  #clearBit(thread: number): void {
    and(this.words, this.base + READERS + (thread >> 5), ~(1 << (thread & 31)));
    const word = this.#word;
    const owner = ownerOf(word);
    if (owner !== NO_THREAD && !isGranted(word)) wake(this.arena, this.handle.offset, owner);
  }

  #free(word: number): void {
    store(this.words, this.base + STATE, word);
    this.#wakeAll();
  }

  #dropReservation(thread: number): void {
    if (reservedFor(this.words, this.base) !== thread) return;
    unreserve(this.words, this.base, thread);
    this.#wakeAll();
  }

  #wakeAll(): void {
    forEachInterested(this.words, this.base, (thread) => wake(this.arena, this.handle.offset, thread));
  }
}

registerKind(KIND.readWriteLock, ReadWriteLock.from);

function selfDeadlock(method: string, twin: string): DeadlockError {
  return new DeadlockError(
    `Cannot block this thread in ReadWriteLock.${method}: it has the lock itself, and could not release it while it ` +
      `is blocked; release it first, or await ReadWriteLock.${twin} in a flow of its own`,
  );
}

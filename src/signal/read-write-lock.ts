/** A lock that many may read under and one may write under: its public face (read-write-block.ts). */
import { DeadlockError } from '../errors.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { ownerOf, releasesOf } from './lock-word.ts';
import { KIND, NO_THREAD } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { READ_WRITE_BYTES, ReadWriteBlock, readersOf } from './read-write-block.ts';
import { ReadWriteGuard } from './read-write-guard.ts';
import { reserveInTime } from './reservation.ts';
import { checkWaitOptions, type SyncWaitOptions, type WaitOptions } from './wait-options.ts';
import { attachedThread, hasLocalWaiters } from './local-waits.ts';
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
  readonly #block: ReadWriteBlock;

  /** @param handle - of an existing lock, as for `from`; without it, a new one is made */
  constructor(handle?: Handle) {
    super('ReadWriteLock', KIND.readWriteLock, handle, READ_WRITE_BYTES);
    this.#block = new ReadWriteBlock(this.arena, this.handle.offset);
  }

  /** The lock that a handle stands for, in this thread. */
  static from(handle: Handle): ReadWriteLock {
    return new ReadWriteLock(handle);
  }

  /** Whether some thread writes, or waits to write as soon as the readers have left. */
  get isWriteLocked(): boolean {
    this.check();
    return ownerOf(this.#block.word) !== NO_THREAD;
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
    if (this.#block.tryRead(thread)) return this.#readGuard();
    if (this.#block.isWriter(thread) || this.#block.reads(thread) > 0) throw selfDeadlock('readSync', 'read');
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
    if (this.#block.isWriter(thread) || this.#block.reads(thread) > 0) throw selfDeadlock('writeSync', 'write');
    const wait = this.#newWait(WRITE);
    return waitBlocking(wait, 'ReadWriteLock.writeSync', 'ReadWriteLock.write', options, this.#writeGuard);
  }

  /** Reads if nobody writes or waits to, and nobody in this thread waits for the lock. */
  tryRead(): ReadWriteGuard | undefined {
    this.check();
    if (hasLocalWaiters(this.arena, this.handle.offset)) return undefined;
    return this.#block.tryRead(attachedThread(this.arena)) ? this.#readGuard() : undefined;
  }

  /** Writes if nobody reads or writes, and nobody in this thread waits for the lock. */
  tryWrite(): ReadWriteGuard | undefined {
    this.check();
    if (hasLocalWaiters(this.arena, this.handle.offset)) return undefined;
    return this.#block.tryWrite(attachedThread(this.arena), false) ? this.#writeGuard() : undefined;
  }

  /** @internal */
  endRead(): void {
    this.#block.endRead(attachedThread(this.arena));
  }

  /** @internal */
  endWrite(hold: number): void {
    this.#block.endWrite(hold);
  }

  /** @internal */
  get version(): number {
    return releasesOf(this.#block.word);
  }

  /** @internal */
  observe(): number {
    throw new TypeError('Cannot wait for a ReadWriteLock without saying what for: use its read or write');
  }

  /** @internal */
  tryTake(waiter: Waiter): boolean {
    const thread = attachedThread(this.arena);
    const isLinked = waiter.queue !== undefined;
    const block = this.#block;
    const taken = waiter.amount === READ ? block.tryRead(thread) : block.tryWrite(thread, isLinked);
    if (taken) {
      if (waiter.isHeld) block.dropReservation(thread);
      waiter.isHeld = false;
    } else if (isLinked && waiter.amount === WRITE && ownerOf(block.word) === thread) {
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
    this.#block.dropReservation(thread);
    this.#block.dropClaim(thread);
  }

  readonly #readGuard = (): ReadWriteGuard => new ReadWriteGuard(this, 'read', this.#block.word);
  readonly #writeGuard = (): ReadWriteGuard => new ReadWriteGuard(this, 'write', this.#block.word);

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
}

registerKind(KIND.readWriteLock, ReadWriteLock.from);

function selfDeadlock(method: string, twin: string): DeadlockError {
  return new DeadlockError(
    `Cannot block this thread in ReadWriteLock.${method}: it has the lock itself, and could not release it while it ` +
      `is blocked; release it first, or await ReadWriteLock.${twin} in a flow of its own`,
  );
}

/**
 * A gate that opens once so many things have happened, and stays open.
 *
 * The state is how many are missing. Only who takes it to 0 rings, and it never grows again, so whoever finds 0 may go
 * on: there is nothing to withdraw, to pass on or to wait for twice. A thread that dies between the last count and the
 * rings leaves an open latch that its waiters have not been told of; recovery rings them.
 */
import { compareExchange, load, store } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { checkCount } from './check-count.ts';
import { forEachInterested, KIND, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import { blockForOne, nothing, waitForOne } from './wait-for-one.ts';
import type { SyncWaitOptions, WaitOptions } from './wait-options.ts';
import { wake } from './local-waits.ts';

/**
 * Waits for a number of things to happen, once: `countDown` for each of them, `wait` for all. It cannot be closed
 * again; for rounds there is {@linkcode Barrier}, for a number that grows {@linkcode WaitGroup}.
 *
 * A thread that dies before it has counted down leaves its count missing.
 *
 * @example
 * ```ts
 * const loaded = new Latch(3);
 * for (const shard of shards) void pool.run('load', [shard, loaded]);   // in the task: loaded.countDown()
 * await loaded.wait({ timeout: 30_000 });
 * ```
 */
export class Latch extends Primitive {
  /** @internal */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;

  /** @param count - what is to be counted down, 0 or more (a handle attaches to an existing one, as `from` does) */
  constructor(count: number | Handle) {
    if (typeof count !== 'object' || count === null) checkCount('count', count, 0);
    super('Latch', KIND.latch, typeof count === 'object' ? count : undefined);
    if (typeof count === 'number') store(this.words, this.base + STATE, count);
  }

  /** The latch that a handle stands for, in this thread. */
  static from(handle: Handle): Latch {
    return new Latch(handle);
  }

  /** How many are missing until it opens; 0 once it is open. */
  get count(): number {
    this.check();
    return load(this.words, this.base + STATE);
  }

  /** Whether it is open: a wait would not have to wait. */
  get isOpen(): boolean {
    return this.count === 0;
  }

  /**
   * Takes `n` (1 unless told) off the count; at 0 it lets all go who wait, and all who come. It stays at 0, however
   * often it is counted down further.
   *
   * @throws {RangeError} when `n` is not a whole number from 1 to 2147483647
   */
  countDown(n = 1): void {
    this.check();
    checkCount('n', n, 1);
    if (!this.#take(n)) return;
    // After the count: who sets its bit later finds 0 when it looks.
    forEachInterested(this.words, this.base, (thread) => wake(this.arena, this.handle.offset, thread));
  }

  /** Whether a wait would not have to wait. */
  tryWait(): boolean {
    return this.isOpen;
  }

  /**
   * Waits until it is open.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds
   */
  wait(options: WaitOptions = {}): Promise<void> {
    return waitForOne(this, 'wait', options, nothing);
  }

  /**
   * Blocks the thread until it is open.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it is open or `allowBlocking` is
   *   given
   */
  waitSync(options: SyncWaitOptions = {}): void {
    blockForOne(this, 'waitSync', 'wait', options, nothing);
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake(): boolean {
    return load(this.words, this.base + STATE) === 0;
  }

  /** @internal Waiting takes nothing from it. */
  giveBack(): void {}

  /** @internal Whoever opens it rings everyone: there is nothing to pass on. */
  passOn(): void {}

  /** Whether this opened it. */
  #take(n: number): boolean {
    for (;;) {
      const count = load(this.words, this.base + STATE);
      if (count === 0) return false;
      const left = Math.max(0, count - n);
      if (compareExchange(this.words, this.base + STATE, count, left) === count) return left === 0;
    }
  }
}

registerKind(KIND.latch, Latch.from);

registerRecovery(KIND.latch, {
  alert(arena, offset) {
    if (load(arena.i32, (offset >> 2) + STATE) !== 0) return;
    forEachInterested(arena.i32, offset >> 2, (thread) => wake(arena, offset, thread));
  },
});

/**
 * A number of things under way, and a wait for it to become 0.
 *
 * The state is one word, so that the count and what its waiters compare with change together:
 *
 *     bits 0 to 19    count       how many are under way
 *     bits 20 to 31   generation  how often the count has come down to 0; wraps
 *
 * A waiter is done once it finds the count at 0, or another generation than when it began: the count came to 0 in
 * between, and grew again before it looked. (After 4,096 times at once it would miss that, and wait for the next time.)
 * Who takes the count to 0 rings all that are interested; if it dies before, recovery does.
 */
import { compareExchange, load } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { checkCount } from './check-count.ts';
import { forEachInterested, KIND, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import { blockForOne, nothing, waitForOne } from './wait-for-one.ts';
import { describe, type SyncWaitOptions, type WaitOptions } from './wait-options.ts';
import { wake } from './local-waits.ts';
import type { Waiter } from './wait.ts';

const GENERATION_SHIFT = 20;
const MOST_UNDER_WAY = 2 ** GENERATION_SHIFT - 1;

/**
 * Waits for things whose number is not known beforehand: `add` before each starts, `done` when it has ended, `wait` for
 * all of them. It may be used again and again.
 *
 * The count belongs to nobody: a thread that dies before it has called `done` leaves the count as it is. Where that can
 * happen, count in the thread that hears of it: `group.run(() => pool.run('work', [item]))`.
 *
 * @example
 * ```ts
 * const group = new WaitGroup();
 * for (const url of urls) void group.run(() => fetchAndStore(url)).catch(report);
 * await group.wait();
 * ```
 */
export class WaitGroup extends Primitive {
  /** @internal */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;

  /** @param handle - attaches to an existing one, as `from` does; a new one starts at 0 */
  constructor(handle?: Handle) {
    super('WaitGroup', KIND.waitGroup, handle);
  }

  /** The wait group that a handle stands for, in this thread. */
  static from(handle: Handle): WaitGroup {
    return new WaitGroup(handle);
  }

  /** How many are under way. */
  get count(): number {
    this.check();
    return load(this.words, this.base + STATE) & MOST_UNDER_WAY;
  }

  /**
   * Says that `n` more (1 unless told) are under way. Call it before what is counted can end, and before the wait that
   * is to include it.
   *
   * @throws {RangeError} if there would be more than 1048575
   */
  add(n = 1): void {
    this.check();
    checkCount('n', n, 1, MOST_UNDER_WAY);
    for (;;) {
      const state = load(this.words, this.base + STATE);
      const count = state & MOST_UNDER_WAY;
      if (count + n > MOST_UNDER_WAY) {
        throw new RangeError(
          `Cannot add ${n} to the WaitGroup: ${count} are under way, and there can be no more than ${MOST_UNDER_WAY}`,
        );
      }
      if (compareExchange(this.words, this.base + STATE, state, state + n) === state) return;
    }
  }

  /**
   * Says that one has ended. The last one lets go all who wait.
   *
   * @throws {RangeError} if none is under way
   */
  done(): void {
    this.check();
    for (;;) {
      const state = load(this.words, this.base + STATE);
      const count = state & MOST_UNDER_WAY;
      if (count === 0) throw new RangeError('Cannot call done on the WaitGroup: none is under way; call add first');
      const next = count > 1 ? state - 1 : (state + (1 << GENERATION_SHIFT) - 1) | 0;
      if (compareExchange(this.words, this.base + STATE, state, next) !== state) continue;
      if (count > 1) return;
      // After the count: who sets its bit later finds 0, or the next generation, when it looks.
      return forEachInterested(this.words, this.base, (thread) => wake(this.arena, this.handle.offset, thread));
    }
  }

  /** Counts `fn` as under way from now until what it returns has settled, and returns that. */
  async run<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    if (typeof fn !== 'function') throw new TypeError(`Expected 'fn' to be a function, got ${describe(fn)}`);
    this.add();
    try {
      return await fn();
    } finally {
      // What fn did is its result, also if nobody can wait for the group any more.
      if (!this.isDisposed) this.done();
    }
  }

  /** Whether a wait would not have to wait. */
  tryWait(): boolean {
    return this.count === 0;
  }

  /**
   * Waits until none is under way; not at all if that is so already.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds
   */
  wait(options: WaitOptions = {}): Promise<void> {
    return waitForOne(this, 'wait', options, nothing);
  }

  /**
   * Blocks the thread until none is under way.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless none is under way or
   *   `allowBlocking` is given
   */
  waitSync(options: SyncWaitOptions = {}): void {
    blockForOne(this, 'waitSync', 'wait', options, nothing);
  }

  /** @internal */
  observe(): number {
    return load(this.words, this.base + STATE) >>> GENERATION_SHIFT;
  }

  /** @internal */
  tryTake(waiter: Waiter): boolean {
    const state = load(this.words, this.base + STATE);
    return (state & MOST_UNDER_WAY) === 0 || state >>> GENERATION_SHIFT !== waiter.seen;
  }

  /** @internal Waiting takes nothing from it. */
  giveBack(): void {}

  /** @internal Whoever ends the last one rings everyone: there is nothing to pass on. */
  passOn(): void {}
}

registerKind(KIND.waitGroup, WaitGroup.from);

registerRecovery(KIND.waitGroup, {
  // Even if it is not 0 now: it may have been, and those who waited then not been rung.
  alert: (arena, offset) => forEachInterested(arena.i32, offset >> 2, (thread) => wake(arena, offset, thread)),
});

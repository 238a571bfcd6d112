/**
 * A flag that threads wait for.
 *
 * The state counts its changes: odd while set. A waiter remembers the count it started at, and is done once the event
 * is set or the count has moved; so `set()` lets go everyone who waits at that moment, even if `reset()` follows
 * before they have been woken.
 */
import { compareExchange, load } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { registerDescription } from './description.ts';
import { forEachInterested, KIND, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import type { SyncWaitOptions, WaitOptions } from './wait-options.ts';
import { wake } from './local-waits.ts';
import type { Waiter } from './wait.ts';
import { blockForOne, nothing, waitForOne } from './wait-for-one.ts';

/**
 * An event that stays set until it is reset: all who wait go on, and who comes later does not wait.
 *
 * @example
 * ```ts
 * const ready = new ManualResetEvent();
 * await pool.run('serve', [ready]);            // in the task: ready.set()
 * await ready.wait({ timeout: 5_000 });
 * ```
 */
export class ManualResetEvent extends Primitive {
  /** @internal */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;

  /** @param initial - whether it starts set (a handle attaches to an existing one, as `from` does) */
  constructor(initial: boolean | Handle = false) {
    if (typeof initial !== 'boolean' && (typeof initial !== 'object' || initial === null)) {
      throw new TypeError(`Expected 'initial' to be a boolean, got ${initial === null ? 'null' : typeof initial}`);
    }
    super('ManualResetEvent', KIND.manualResetEvent, typeof initial === 'object' ? initial : undefined);
    if (initial === true) this.set();
  }

  /** The event that a handle stands for, in this thread. */
  static from(handle: Handle): ManualResetEvent {
    return new ManualResetEvent(handle);
  }

  /** Whether it is set. */
  get isSet(): boolean {
    this.check();
    return (load(this.words, this.base + STATE) & 1) === 1;
  }

  /** Lets go all who wait, in every thread, and all who come until it is reset. */
  set(): void {
    this.check();
    if (!this.#change(1)) return;
    forEachInterested(this.words, this.base, (thread) => wake(this.arena, this.handle.offset, thread));
  }

  /** Has those who come from now on wait. */
  reset(): void {
    this.check();
    this.#change(0);
  }

  /** Whether a wait would not have to wait. */
  tryWait(): boolean {
    return this.isSet;
  }

  /**
   * Waits until it is set.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds
   */
  wait(options: WaitOptions = {}): Promise<void> {
    return waitForOne(this, 'wait', options, nothing);
  }

  /**
   * Blocks the thread until it is set.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it is set or `allowBlocking` is
   *   given
   */
  waitSync(options: SyncWaitOptions = {}): void {
    blockForOne(this, 'waitSync', 'wait', options, nothing);
  }

  /** @internal */
  observe(): number {
    return load(this.words, this.base + STATE);
  }

  /** @internal */
  tryTake(waiter: Waiter): boolean {
    const state = load(this.words, this.base + STATE);
    return (state & 1) === 1 || state !== waiter.seen;
  }

  /** @internal Waiting takes nothing from the event. */
  giveBack(): void {}

  /** @internal Whoever sets it rings everyone: there is nothing to pass on. */
  passOn(): void {}

  #change(parity: 0 | 1): boolean {
    for (;;) {
      const state = load(this.words, this.base + STATE);
      if ((state & 1) === parity) return false;
      if (compareExchange(this.words, this.base + STATE, state, (state + 1) | 0) === state) return true;
    }
  }
}

registerKind(KIND.manualResetEvent, ManualResetEvent.from);

registerDescription(KIND.manualResetEvent, ({ i32 }, offset) => ({
  state: (load(i32, (offset >> 2) + STATE) & 1) === 1 ? 'set' : 'not set',
  holders: [],
}));

registerRecovery(KIND.manualResetEvent, {
  // Even if it is not set now: it may have been set and reset, and those who waited in between not been rung.
  alert: (arena, offset) => forEachInterested(arena.i32, offset >> 2, (thread) => wake(arena, offset, thread)),
});

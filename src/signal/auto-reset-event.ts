/**
 * A flag that one waiter takes down by going on. The state is 1 while it is set; who changes it from 1 to 0 has it.
 */
import { compareExchange, exchange, load, store } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { registerDescription } from './description.ts';
import { CURSOR, KIND, nextInterested, NO_THREAD, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import type { SyncWaitOptions, WaitOptions } from './wait-options.ts';
import { hasLocalWaiters, wake } from './local-waits.ts';
import { blockForOne, nothing, waitForOne } from './wait-for-one.ts';

/**
 * An event that lets one waiter go and is then unset again. Setting it while it is set does nothing: like a semaphore
 * that never has more than one permit.
 *
 * @example
 * ```ts
 * const changed = new AutoResetEvent();
 * for (;;) {
 *   await changed.wait();
 *   await save();               // another thread calls changed.set() after each change
 * }
 * ```
 */
export class AutoResetEvent extends Primitive {
  /** @internal */
  readonly isExclusive = true;
  /** @internal */
  readonly version = 0;

  /** @param initial - whether it starts set (a handle attaches to an existing one, as `from` does) */
  constructor(initial: boolean | Handle = false) {
    if (typeof initial !== 'boolean' && (typeof initial !== 'object' || initial === null)) {
      throw new TypeError(`Expected 'initial' to be a boolean, got ${initial === null ? 'null' : typeof initial}`);
    }
    super('AutoResetEvent', KIND.autoResetEvent, typeof initial === 'object' ? initial : undefined);
    if (initial === true) this.set();
  }

  /** The event that a handle stands for, in this thread. */
  static from(handle: Handle): AutoResetEvent {
    return new AutoResetEvent(handle);
  }

  /** Whether it is set: nobody has gone on for it yet. */
  get isSet(): boolean {
    this.check();
    return load(this.words, this.base + STATE) === 1;
  }

  /** Lets one waiter go, now or as soon as one comes. */
  set(): void {
    this.check();
    exchange(this.words, this.base + STATE, 1);
    // Also if it was set: its setter may have died before it rang.
    this.#wakeAfter(load(this.words, this.base + CURSOR));
  }

  /** Takes back a `set()` that nobody has gone on for yet. */
  reset(): void {
    this.check();
    store(this.words, this.base + STATE, 0);
  }

  /** Goes on if it is set, taking it down; not past those who already wait in this thread. */
  tryWait(): boolean {
    this.check();
    return !hasLocalWaiters(this.arena, this.handle.offset) && this.tryTake();
  }

  /**
   * Waits until it is set and takes it down.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it took nothing
   */
  wait(options: WaitOptions = {}): Promise<void> {
    return waitForOne(this, 'wait', options, nothing);
  }

  /**
   * Blocks the thread until it is set and takes it down.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it is set or `allowBlocking` is
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
    return compareExchange(this.words, this.base + STATE, 1, 0) === 1;
  }

  /** @internal */
  giveBack(): void {
    this.set();
  }

  /** @internal */
  passOn(thread: number): void {
    if (load(this.words, this.base + STATE) !== 1) return;
    const next = nextInterested(this.words, this.base, thread);
    if (next !== NO_THREAD && next !== thread) wake(this.arena, this.handle.offset, next);
  }

  /** One after the other, so that no thread's waiters are always served before another's. */
  #wakeAfter(cursor: number): void {
    const next = nextInterested(this.words, this.base, cursor);
    if (next === NO_THREAD) return;
    store(this.words, this.base + CURSOR, next);
    wake(this.arena, this.handle.offset, next);
  }
}

registerKind(KIND.autoResetEvent, AutoResetEvent.from);

registerDescription(KIND.autoResetEvent, ({ i32 }, offset) => ({
  state: load(i32, (offset >> 2) + STATE) === 1 ? 'set' : 'not set',
  holders: [],
}));

registerRecovery(KIND.autoResetEvent, {
  alert(arena, offset, thread) {
    const base = offset >> 2;
    if (load(arena.i32, base + STATE) === 0) return;
    const next = nextInterested(arena.i32, base, thread);
    if (next !== NO_THREAD) wake(arena, offset, next);
  },
});

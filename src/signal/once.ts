/**
 * Work that is done once, by whichever thread comes first.
 *
 * The state is 0 while nobody has done it and nobody is at it, the number of the thread that is at it plus 1, or DONE.
 * Who changes it from 0 to its own number runs the function; afterwards it sets DONE, or 0 again if the function
 * failed, and rings all that are interested: one of those who want to run it takes its turn, and those who only wait
 * for it to be done look again.
 *
 * A thread that dies at it is named in the word, so recovery sets 0 for it and rings. One that dies after the word has
 * changed and before its rings owes the rings only.
 */
import { DeadlockError } from '../errors.ts';
import { compareExchange, load } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { forEachInterested, KIND, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import { blockForOne, nothing, waitForOne } from './wait-for-one.ts';
import { describe, type SyncWaitOptions, type WaitOptions } from './wait-options.ts';
import { localThread, wake } from './local-waits.ts';
import { WaitSet } from './wait-set.ts';
import type { Waiter } from './wait.ts';

const OPEN = 0;
const DONE = -1;

/** What a waiter asks for: that it is done, or to do it. */
const TO_BE_DONE = 1;
const TO_DO_IT = 2;

/** What a waiter has seen whose turn it is. */
const ITS_TURN = 1;

/**
 * Has one function run once, whichever thread asks first; the others wait until it is done. If it fails, or the thread
 * that runs it ends, the next one runs it.
 *
 * @example
 * ```ts
 * const migrated = new Once();
 * // in each task:
 * await migrated.run(() => migrate(database));     // true in the task that did it, false in the others
 * ```
 */
export class Once extends Primitive {
  /** @internal */
  readonly isExclusive = false;
  /** @internal Who only waits for it to be done does not keep back who would do it. */
  override readonly isOrdered = false;
  /** @internal */
  readonly version = 0;

  /** @param handle - attaches to an existing one, as `from` does */
  constructor(handle?: Handle) {
    super('Once', KIND.once, handle);
  }

  /** The one that a handle stands for, in this thread. */
  static from(handle: Handle): Once {
    return new Once(handle);
  }

  /** Whether it has been done. */
  get isDone(): boolean {
    this.check();
    return load(this.words, this.base + STATE) === DONE;
  }

  /**
   * Runs `fn` unless that was done before; if another one is at it, waits for the outcome first. Resolves to true if
   * this call did it, to false if it was done.
   *
   * The options end the wait for others, not `fn`. Do not call it from within `fn`: it would wait for itself.
   *
   * @throws what `fn` throws, and then it has not been done; the signal's reason, or a DeadlineExceededError if others
   *   are at it for more than `timeout` milliseconds
   */
  async run(fn: () => unknown, options: WaitOptions = {}): Promise<boolean> {
    checkFunction(fn);
    // For its number, which the word is to name: before any step that could need it.
    WaitSet.current();
    if (!(await waitForOne(this, 'run', options, isItsTurn, TO_DO_IT))) return false;
    try {
      await fn();
    } catch (error) {
      this.#leave(OPEN);
      throw error;
    }
    this.#leave(DONE);
    return true;
  }

  /**
   * Runs `fn` unless that was done before, blocking the thread while another one is at it. `fn` is done when it
   * returns. Returns whether this call did it.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, if it would have to wait and
   *   `allowBlocking` is not given
   * @throws {DeadlockError} if this very thread is at it: it could never finish
   */
  runSync(fn: () => unknown, options: SyncWaitOptions = {}): boolean {
    checkFunction(fn);
    WaitSet.current();
    this.#refuseOwnTurn('runSync');
    if (!blockForOne(this, 'runSync', 'run', options, isItsTurn, TO_DO_IT)) return false;
    try {
      fn();
    } catch (error) {
      this.#leave(OPEN);
      throw error;
    }
    this.#leave(DONE);
    return true;
  }

  /** Whether it has been done: a wait would not have to wait. */
  tryWait(): boolean {
    return this.isDone;
  }

  /**
   * Waits until somebody has done it.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds
   */
  wait(options: WaitOptions = {}): Promise<void> {
    return waitForOne(this, 'wait', options, nothing, TO_BE_DONE);
  }

  /**
   * Blocks the thread until somebody has done it.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it is done or `allowBlocking` is
   *   given
   * @throws {DeadlockError} if this very thread is at it: it could never finish
   */
  waitSync(options: SyncWaitOptions = {}): void {
    this.#refuseOwnTurn('waitSync');
    blockForOne(this, 'waitSync', 'wait', options, nothing, TO_BE_DONE);
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake(waiter: Waiter, thread: number): boolean {
    const state = load(this.words, this.base + STATE);
    if (state === DONE) return true;
    // Without a number in this arena the wait is refused, when it begins.
    if (state !== OPEN || waiter.amount !== TO_DO_IT || thread < 0) return false;
    // If the CAS fails another one is at it, and will ring: its change came after this thread had set its bit.
    if (compareExchange(this.words, this.base + STATE, OPEN, thread + 1) !== OPEN) return this.tryTake(waiter, thread);
    waiter.seen = ITS_TURN;
    return true;
  }

  /** @internal Only a turn could be given back, and the wait for a turn is for nothing else. */
  giveBack(): void {}

  /** @internal Whoever leaves rings everyone: there is nothing to pass on. */
  passOn(): void {}

  /** Ends this thread's turn. */
  #leave(state: typeof OPEN | typeof DONE): void {
    // What fn did is done, also if nobody can ask any more.
    if (this.isDisposed) return;
    const mine = localThread(this.arena) + 1;
    if (compareExchange(this.words, this.base + STATE, mine, state) !== mine) return;
    forEachInterested(this.words, this.base, (thread) => wake(this.arena, this.handle.offset, thread));
  }

  #refuseOwnTurn(method: string): void {
    this.check();
    const state = load(this.words, this.base + STATE);
    if (state === OPEN || state !== localThread(this.arena) + 1) return;
    throw new DeadlockError(
      `Cannot block this thread in Once.${method}: this very thread runs the function, which could never finish; ` +
        `await Once.${method === 'runSync' ? 'run' : 'wait'} elsewhere than in the function`,
    );
  }
}

registerKind(KIND.once, Once.from);

registerRecovery(KIND.once, {
  forget({ i32 }, offset, thread) {
    compareExchange(i32, (offset >> 2) + STATE, thread + 1, OPEN);
  },
  alert(arena, offset) {
    forEachInterested(arena.i32, offset >> 2, (thread) => wake(arena, offset, thread));
  },
});

function isItsTurn(waiter: Waiter): boolean {
  return waiter.seen === ITS_TURN;
}

function checkFunction(fn: unknown): void {
  if (typeof fn !== 'function') throw new TypeError(`Expected 'fn' to be a function, got ${describe(fn)}`);
}

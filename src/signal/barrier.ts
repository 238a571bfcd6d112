/**
 * A place where so many parties wait for each other, round after round.
 *
 * The state is one word, so that an arrival and what comes of it are one CAS:
 *
 *     bits 0 to 11    arrived     how many have come in this generation, the last one not counted
 *     bits 12 to 30   generation  how many times all have met; wraps
 *     bit 31          broken      stays
 *
 * **Arriving** adds 1 to `arrived`, and the waiter keeps the generation that it came in. The last party sets `arrived`
 * to 0 and moves the generation in the same CAS, and then rings all that are interested. A waiter has passed once the
 * generation is another. (Were the parties to meet 524,288 times while a thread whose arrival they no longer need does
 * not look once, that waiter would go on the next time only.)
 *
 * **Withdrawing** (cancelled, timed out, something else came first) takes 1 off again by a CAS that expects the same
 * generation. If that has moved, the arrival has been used: the waiter has passed, and nothing else can end its wait.
 * So at every moment `arrived` is the number of waiters that will either pass or withdraw.
 *
 * **Death.** A thread arrives only while its bit in `interest` is set, except as the last party, whose arrival is used
 * in the very same step. So a dead thread whose arrival still counts is always found interested. Nobody can tell how
 * many arrivals were its own: recovery breaks the barrier, unless nobody has arrived. (So a thread that had just been
 * let go and dies before it has cleared its bit breaks the next meeting as well, if that has begun.) A last party that
 * dies before its rings leaves a moved generation; recovery rings everyone.
 */
import { BrokenBarrierError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { checkCount } from './check-count.ts';
import { forEachInterested, isInterested, KIND, OWN, STATE } from './primitive-block.ts';
import { Primitive } from './primitive.ts';
import { registerRecovery } from './recovery.ts';
import { blockForOne, waitForOne } from './wait-for-one.ts';
import type { SyncWaitOptions, WaitOptions } from './wait-options.ts';
import { wake } from './local-waits.ts';
import type { Waiter } from './wait.ts';

/** How many have to meet: written once, by the creator. */
const PARTIES = OWN;
const GENERATION_SHIFT = 12;
const MOST_PARTIES = 2 ** GENERATION_SHIFT;
const ARRIVED = MOST_PARTIES - 1;
const BROKEN = 1 << 31;

/** What a waiter has seen that has not come yet, or came last. Others have seen a generation, from 0 on. */
const [NOT_ARRIVED, CAME_LAST] = [-1, -2];

/** What the wait at a barrier resolves to. */
export interface BarrierWaitResult {
  /** True for one of those who met: the one that came last. */
  readonly isLeader: boolean;
}

/**
 * Has `parties` threads, or flows of a program, wait until all of them have come; then lets them go, and waits for them
 * all again.
 *
 * Who is cancelled or times out has not come: the others go on waiting. A thread that ends while it waits here breaks
 * the barrier for good, since the others cannot know how many they still are: all who wait, and all who come later, get
 * a BrokenBarrierError.
 *
 * In `waitAny` the arrival is withdrawn if something else comes first; one that has let the others go is what came
 * first. With several barriers in it more than one may so have been passed.
 *
 * @example
 * ```ts
 * const barrier = new Barrier(4);                  // one for each of 4 tasks
 * for (let step = 0; step < steps; step++) {       // in each task
 *   compute(mine, step);
 *   const { isLeader } = await barrier.wait();
 *   if (isLeader) console.log('All have done step', step);
 * }
 * ```
 */
export class Barrier extends Primitive {
  /** @internal */
  readonly isExclusive = false;
  /** @internal Each of a thread's waiters comes by itself. */
  override readonly isOrdered = false;
  /** @internal */
  readonly version = 0;

  /** @param parties - how many have to meet, 1 to 4096 (a handle attaches to an existing one, as `from` does) */
  constructor(parties: number | Handle) {
    if (typeof parties !== 'object' || parties === null) checkCount('parties', parties, 1, MOST_PARTIES);
    super('Barrier', KIND.barrier, typeof parties === 'object' ? parties : undefined);
    if (typeof parties === 'number') store(this.words, this.base + PARTIES, parties);
  }

  /** The barrier that a handle stands for, in this thread. */
  static from(handle: Handle): Barrier {
    return new Barrier(handle);
  }

  /** How many have to meet. */
  get parties(): number {
    this.check();
    return load(this.words, this.base + PARTIES);
  }

  /** How many have come and wait for the others. */
  get arrived(): number {
    this.check();
    return load(this.words, this.base + STATE) & ARRIVED;
  }

  /** Whether a thread ended that had come: every wait fails. */
  get isBroken(): boolean {
    this.check();
    return load(this.words, this.base + STATE) < 0;
  }

  /**
   * Goes on as the last party, letting all the others go, if only that one is missing; else undefined, as if nothing
   * had come.
   *
   * @throws {BrokenBarrierError} if the barrier is broken
   */
  tryWait(): BarrierWaitResult | undefined {
    this.check();
    return this.#comeLast() ? { isLeader: true } : undefined;
  }

  /**
   * Comes to the barrier and waits until all have come.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds, and then it has not come; a
   *   BrokenBarrierError if a thread ended that had come
   */
  wait(options: WaitOptions = {}): Promise<BarrierWaitResult> {
    return waitForOne(this, 'wait', options, resultOf);
  }

  /**
   * Comes to the barrier and blocks the thread until all have come.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it is the last to come or
   *   `allowBlocking` is given
   * @throws {BrokenBarrierError} if a thread ended that had come
   */
  waitSync(options: SyncWaitOptions = {}): BarrierWaitResult {
    return blockForOne(this, 'waitSync', 'wait', options, resultOf);
  }

  /** @internal */
  observe(): number {
    return NOT_ARRIVED;
  }

  /** @internal Comes with the first try; but as the last only where the thread has not set its bit, for no queue. */
  tryTake(waiter: Waiter): boolean {
    if (waiter.isHeld) return this.#hasPassed(waiter);
    const hasCome = waiter.queue === undefined ? this.#comeLast() : this.#come(waiter);
    if (hasCome) waiter.seen = CAME_LAST;
    return hasCome;
  }

  /** @internal One that has passed stays held. One that comes to be broken leaves nothing behind: nobody counts. */
  override withdraw(waiter: Waiter): void {
    for (;;) {
      const state = load(this.words, this.base + STATE);
      if (generationOf(state) !== waiter.seen) return;
      if (state < 0 || compareExchange(this.words, this.base + STATE, state, state - 1) === state) break;
    }
    waiter.isHeld = false;
  }

  /** @internal Nothing can be given back of what has been passed. */
  giveBack(): void {}

  /** @internal Whoever comes last rings everyone: there is nothing to pass on. */
  passOn(): void {}

  #hasPassed(waiter: Waiter): boolean {
    const state = load(this.words, this.base + STATE);
    if (generationOf(state) === waiter.seen && state >= 0) return false;
    waiter.isHeld = false;
    if (generationOf(state) === waiter.seen) throw broken();
    return true;
  }

  /** Whether it was the last one, and all go on. */
  #come(waiter: Waiter): boolean {
    for (;;) {
      const state = this.#intact();
      if (this.#isLast(state)) {
        if (this.#meet(state)) return true;
      } else if (compareExchange(this.words, this.base + STATE, state, state + 1) === state) {
        waiter.seen = generationOf(state);
        waiter.isHeld = true;
        return false;
      }
    }
  }

  #comeLast(): boolean {
    const state = this.#intact();
    return this.#isLast(state) && (this.#meet(state) || this.#comeLast());
  }

  /** The state, which is not broken. */
  #intact(): number {
    const state = load(this.words, this.base + STATE);
    if (state < 0) throw broken();
    return state;
  }

  #isLast(state: number): boolean {
    return (state & ARRIVED) + 1 === load(this.words, this.base + PARTIES);
  }

  /** From `state`, in which one is missing: lets all go. Returns false if the state has changed. */
  #meet(state: number): boolean {
    const next = ((generationOf(state) + 1) << GENERATION_SHIFT) & ~BROKEN;
    if (compareExchange(this.words, this.base + STATE, state, next) !== state) return false;
    // After the generation: who sets its bit later comes in the next one.
    forEachInterested(this.words, this.base, (thread) => wake(this.arena, this.handle.offset, thread));
    return true;
  }
}

registerKind(KIND.barrier, Barrier.from);

registerRecovery(KIND.barrier, {
  forget({ i32 }: Arena, offset, thread) {
    const base = offset >> 2;
    if (!isInterested(i32, base, thread)) return;
    for (;;) {
      const state = load(i32, base + STATE);
      // The dead thread did not come, or what it came for is over; or it is broken already.
      if ((state & ARRIVED) === 0) return;
      if (compareExchange(i32, base + STATE, state, (state & ~ARRIVED) | BROKEN) === state) return;
    }
  },
  alert: (arena, offset) => forEachInterested(arena.i32, offset >> 2, (thread) => wake(arena, offset, thread)),
});

function generationOf(state: number): number {
  return (state & ~BROKEN) >> GENERATION_SHIFT;
}

function resultOf(waiter: Waiter): BarrierWaitResult {
  return { isLeader: waiter.seen === CAME_LAST };
}

function broken(): BrokenBarrierError {
  return new BrokenBarrierError(
    'Cannot wait at the Barrier: a thread that had come to it ended before the others came; make a new one',
  );
}

/**
 * Preempted threads that it would be pointless to resume yet.
 *
 * A thread L is preempted before a plain operation `a`. If L is resumed before anything happened that `a` depends on,
 * then making `a` first and preempting L right after it leads to the same state with no more preemptions, and the
 * search tries that too (the preemption moves later each time, so this ends). So L sleeps until something happens that
 * `a` depends on: an operation on its word of which one of the two writes, a note in the log if `a` is followed by one,
 * anything at all if both threads use the scratch words, a time-out or a cancel (which may change the time), or a pause
 * (a spin loop counts them).
 *
 * These are Godefroid's sleep sets (https://doi.org/10.1007/3-540-60761-7), for preemptions only: elsewhere to sleep could
 * cost a preemption that the other order saves, which is unsound when preemptions are bounded.
 */
import { type Choice, Happening, happeningOf, threadOf } from './choice.ts';
import { LOGS, Operation } from './control.ts';

const AWAKE = -1;
const FIRST_WRITE = Operation.store;
const LAST_WRITE = Operation.compareExchange;
const NO_MEMORY: ReadonlySet<number> = new Set([Operation.step, Operation.pause]);

export class Sleepers {
  /** Per thread: the operation before which it sleeps. */
  readonly #keys: number[];
  #count = 0;
  /** Bit set of the threads that use the scratch words. */
  usesScratch = 0;

  readonly #maySleep: boolean;
  /** Everybody who could go on sleeps: what follows was or will be seen elsewhere, and has no other choices. */
  #allSleep = false;

  /** @param maySleep - false: every choice is tried, pointless or not */
  constructor(threads: number, maySleep: boolean) {
    this.#maySleep = maySleep;
    this.#keys = Array.from({ length: threads }, () => AWAKE);
  }

  /** Starts a schedule. */
  begin(): void {
    this.wakeAll();
    this.#allSleep = false;
  }

  /** The choices without those that let a thread go on that sleeps. */
  awakeAmong(choices: readonly Choice[]): readonly Choice[] {
    if (this.#allSleep) return choices.slice(0, 1);
    if (this.#count === 0 || !this.#maySleep) return choices;
    const awake = choices.filter((choice) => happeningOf(choice) !== Happening.run || !this.has(threadOf(choice)));
    if (awake.length > 0) return awake;
    this.#allSleep = true;
    return choices.slice(0, 1);
  }

  has(thread: number): boolean {
    return this.#keys[thread] !== AWAKE;
  }

  sleep(thread: number, key: number): void {
    if (!this.has(thread)) this.#count++;
    this.#keys[thread] = key;
  }

  wake(thread: number): void {
    if (!this.has(thread)) return;
    this.#keys[thread] = AWAKE;
    this.#count--;
  }

  wakeAll(): void {
    this.#keys.fill(AWAKE);
    this.#count = 0;
  }

  /** A thread has made an operation. */
  stepped(thread: number, key: number): void {
    this.wake(thread);
    if ((key & 15) === Operation.pause) return this.wakeAll();
    this.#keys.forEach((slept, sleeper) => {
      if (slept === AWAKE) return;
      if (this.#sharesNotes(thread, key, sleeper, slept) || conflict(key, slept)) this.wake(sleeper);
    });
  }

  /** A thread has gone on without an operation, and perhaps noted something. */
  turned(thread: number, notes: boolean): void {
    this.wake(thread);
    this.#keys.forEach((slept, sleeper) => {
      if (slept !== AWAKE && this.#sharesNotes(thread, notes ? LOGS : 0, sleeper, slept)) this.wake(sleeper);
    });
  }

  #sharesNotes(thread: number, key: number, sleeper: number, slept: number): boolean {
    const both = (1 << thread) | (1 << sleeper);
    return (key & slept & LOGS) !== 0 || (this.usesScratch & both) === both;
  }
}

function conflict(one: number, other: number): boolean {
  const [first, second] = [one & 15, other & 15];
  if (NO_MEMORY.has(first) || NO_MEMORY.has(second)) return false;
  // The width of the words is not known here: the widest is assumed.
  return (one & ~LOGS) >> 7 === (other & ~LOGS) >> 7 && (isWrite(first) || isWrite(second));
}

function isWrite(operation: number): boolean {
  return operation >= FIRST_WRITE && operation <= LAST_WRITE;
}

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
import { Operation } from './lane.ts';
import { conflict, LOGS, operationOf } from './operation-key.ts';

const AWAKE = -1;

export class Sleepers {
  /** Per thread: the operation before which it sleeps. */
  readonly #keys: number[];
  #count = 0;

  constructor(threads: number) {
    this.#keys = Array.from({ length: threads }, () => AWAKE);
  }

  /** The choices without those that let a thread go on that sleeps. */
  awakeAmong(choices: readonly Choice[]): readonly Choice[] {
    if (this.#count === 0) return choices;
    return choices.filter((choice) => happeningOf(choice) !== Happening.run || !this.has(threadOf(choice)));
  }

  /** Bit set of who sleeps. */
  get asleep(): number {
    return this.#keys.reduce((bits, key, thread) => (key === AWAKE ? bits : bits | (1 << thread)), 0);
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

  /** A thread has made an operation. `usesScratch` is the bit set of the threads that use the scratch words. */
  stepped(thread: number, key: number, usesScratch: number): void {
    this.wake(thread);
    if (operationOf(key) === Operation.pause) return this.wakeAll();
    this.#keys.forEach((slept, sleeper) => {
      if (slept === AWAKE) return;
      if (sharesNotes(key, slept, usesScratch, bits(thread, sleeper)) || conflict(key, slept)) this.wake(sleeper);
    });
  }

  /** A thread has gone on without an operation, and perhaps noted something. */
  turned(thread: number, notes: boolean, usesScratch: number): void {
    this.wake(thread);
    this.#keys.forEach((slept, sleeper) => {
      if (slept !== AWAKE && sharesNotes(notes ? LOGS : 0, slept, usesScratch, bits(thread, sleeper)))
        this.wake(sleeper);
    });
  }
}

function bits(one: number, other: number): number {
  return (1 << one) | (1 << other);
}

/** Whether both note something, or both use the scratch words. */
function sharesNotes(one: number, other: number, usesScratch: number, both: number): boolean {
  return (one & other & LOGS) !== 0 || (usesScratch & both) === both;
}

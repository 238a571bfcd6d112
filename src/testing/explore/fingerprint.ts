/**
 * What the threads and the memory are like after part of a schedule, as a number: equal numbers, equal futures.
 *
 * Not the memory is hashed but who has seen what. A thread is a function of what it has observed, so its hash is that
 * of its operations, each with what it read: not the value, but the write that it read from, which is named by the
 * writer's hash at that time. So a thread's hash stands for everything that happened before, in the sense of the memory
 * model, and with it for the plain data that was published to the thread. (A hash of values would not: two owners of a
 * lock may leave different data behind the same word.) Schedules whose events happened before one another in the same
 * way get the same number: the cache of Musuvathi and Qadeer, "Partial-Order Reduction for Context-Bounded State
 * Exploration", Microsoft Research MSR-TR-2007-12
 * (https://www.microsoft.com/en-us/research/publication/partial-order-reduction-for-context-bounded-state-exploration/).
 *
 * It is coarser than that in three ways:
 * - A store does not read, so it need not come after the write that it replaces; who reads in between tells.
 * - A write that leaves the word as it was is a read: who reads next cannot tell whether it came before or after, so if
 *   it relied on plain data that only this write published, that would be a race.
 * - What a thread has seen no longer matters once it is dead: see {@linkcode Fingerprint.died}.
 *
 * What threads see of each other beside the memory model is taken by what it holds, when a thread goes on and finds it
 * changed: the scratch words, if it uses them, and the clock. The lists of waiters are part of the number as they are.
 * Two states with the same number are different with a probability of some 2^-53.
 */
import { type Control, MAX_THREADS } from './control.ts';
import { Operation } from './lane.ts';
import { HashList } from './hash-list.ts';
import { changes, granuleOf, isAccess, lastGranuleOf, LOGS, operationOf } from './operation-key.ts';
import type { Waiter, WaiterLists } from './waiter-lists.ts';

/** What is appended to a thread's hash for what is no operation. Keys of operations are not negative. */
const NOTED = -1;
const CLOCK = -2;
const SCRATCH = -3;
const HAPPENED = -16;
const DEATH = -32;

/** The parts of the number beside the threads. */
const MEMORY = 0;
const NOTES = 1;
const EPOCH = 2;
/** Where numbers are put together. */
const WHOLE = 3;
const LIST = 4;
const PARTS = 5;

export class Fingerprint {
  readonly #control: Control;
  readonly #threads = new HashList(MAX_THREADS);
  /** Per thread: whom it was woken by and which deaths it is to be told of, in order. */
  readonly #mail = new HashList(MAX_THREADS);
  /** Per four bytes of memory: the hash of the thread that changed them last, when it did. */
  readonly #words: HashList;
  /** The memory, as a set of such words, since the last death; the notes, in order; what the last death left. */
  readonly #parts = new HashList(PARTS);
  /** Per thread: the time and the scratch words when it stopped. What it finds otherwise it observes. */
  readonly #clockSeen = new Float64Array(MAX_THREADS);
  readonly #scratchSeen = new Int32Array(MAX_THREADS);
  #scratch = 0;
  readonly #mortals: boolean;
  /** The memory as the schedule began: some of it may differ from one to the next, and not matter. */
  readonly #start: Int32Array;

  /** @param mortals - threads may die */
  constructor(control: Control, mortals: boolean) {
    this.#control = control;
    this.#words = new HashList(control.granules);
    this.#mortals = mortals;
    this.#start = new Int32Array(mortals ? control.granules : 0);
  }

  /** Makes ready for a schedule on this memory. */
  renew(memory: Int32Array): void {
    if (this.#mortals) this.#start.set(memory);
    this.#threads.clear();
    this.#mail.clear();
    this.#words.clear();
    this.#parts.clear();
    this.#clockSeen.fill(0);
    for (let thread = 0; thread < MAX_THREADS; thread++) this.#threads.append(thread, thread + 1);
  }

  /** The schedule has begun. */
  begin(): void {
    this.#scratch = this.#control.seen.scratch;
    this.#scratchSeen.fill(this.#scratch);
  }

  /** A thread goes on. */
  goesOn(thread: number, usesScratch: boolean): void {
    const now = this.#control.seen.time;
    if (this.#clockSeen[thread] !== now) {
      this.#threads.append(thread, CLOCK);
      this.#threads.append(thread, Math.round(now * 1024));
    }
    if (!usesScratch || this.#scratchSeen[thread] === this.#scratch) return;
    this.#threads.append(thread, SCRATCH);
    this.#threads.append(thread, this.#scratch);
  }

  /** A thread has made an operation, after which the scratch words hold this. */
  made(thread: number, key: number, scratch: number | undefined): void {
    const threads = this.#threads;
    threads.append(thread, key);
    if (isAccess(key) && operationOf(key) !== Operation.notify) this.#access(thread, key);
    if ((key & LOGS) !== 0) this.noted(thread);
    if (scratch !== undefined) this.#scratch = scratch;
  }

  /** Something else has happened to a thread: it went on from a wait, a wait or its life has ended. */
  happened(thread: number, what: number, notes: boolean): void {
    this.#threads.append(thread, HAPPENED - what);
    this.#threads.appendHash(thread, this.#mail, thread);
    if (notes) this.noted(thread);
    this.#scratch = this.#control.seen.scratch;
  }

  /** A thread has woken others. */
  woke(thread: number, woken: readonly Waiter[]): void {
    for (const waiter of woken) {
      this.#mail.append(waiter.thread, waiter.number);
      this.#mail.appendHash(waiter.thread, this.#threads, thread);
      this.#threads.appendHash(thread, this.#threads, waiter.thread);
    }
  }

  /**
   * A thread has died, and left this memory. What it had observed no longer matters: from here on the memory is taken
   * by what it holds, all of it, so that deaths which leave the same are the same. The others carry a mark of when it
   * happened, as what they read from now on is named anew. It costs a look at every word.
   */
  died(thread: number, memory: Int32Array): void {
    this.#words.clear();
    this.#parts.copy(MEMORY, NOTHING, 0);
    this.#parts.append(EPOCH, thread);
    for (let index = 0; index < memory.length; index++) {
      const value = memory[index] as number;
      if (value === this.#start[index]) continue;
      this.#parts.append(EPOCH, index);
      this.#parts.append(EPOCH, value);
    }
    this.#threads.copy(thread, NOTHING, 0);
    for (let other = 0; other < MAX_THREADS; other++) this.#threads.append(other, DEATH - thread);
  }

  /** A thread has noted something. */
  noted(thread: number): void {
    this.#parts.append(NOTES, NOTED);
    this.#parts.appendHash(NOTES, this.#threads, thread);
  }

  /** A thread has stopped. */
  stopped(thread: number): void {
    this.#clockSeen[thread] = this.#control.seen.time;
    this.#scratchSeen[thread] = this.#scratch;
  }

  /** The number, with what else the future depends on: bits, and the lists of waiters. */
  of(waiters: WaiterLists, bits: number): number {
    const parts = this.#parts;
    parts.copy(WHOLE, NOTHING, 0);
    parts.append(WHOLE, bits);
    parts.append(WHOLE, this.#scratch);
    parts.append(WHOLE, Math.round(this.#control.seen.time * 1024));
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      parts.appendHash(WHOLE, this.#threads, thread);
      parts.appendHash(WHOLE, this.#mail, thread);
    }
    for (const part of [MEMORY, NOTES, EPOCH]) parts.appendHash(WHOLE, parts, part);
    waiters.forEach((offset, list) => {
      parts.copy(LIST, NOTHING, 0);
      for (const { thread, number } of list) parts.append(LIST, (number << 3) | thread);
      parts.gather(WHOLE, parts, LIST, offset, 1);
    });
    return parts.valueOf(WHOLE);
  }

  /** A thread reads a word, or changes it, or both. */
  #access(thread: number, key: number): void {
    const threads = this.#threads;
    const words = this.#words;
    for (let granule = granuleOf(key); granule <= lastGranuleOf(key); granule++) {
      if (operationOf(key) !== Operation.store) threads.appendHash(thread, words, granule);
    }
    if (!changes(key)) return;
    for (let granule = granuleOf(key); granule <= lastGranuleOf(key); granule++) {
      this.#parts.gather(MEMORY, words, granule, granule, -1);
      words.copy(granule, threads, thread);
      this.#parts.gather(MEMORY, words, granule, granule, 1);
    }
  }
}

const NOTHING = new HashList(1);

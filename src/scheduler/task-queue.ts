/**
 * The queue of tasks: one producer (the pool's thread), any number of consumers (its worker threads).
 *
 * After Dmitry Vyukov's bounded MPMC queue
 * (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue): a ring of entries, each of which
 * carries the position that it was written for, so that one store publishes it and a reader knows whether it is new.
 * Two things differ. There is one producer, so the tail is a plain variable of its own. And what a consumer wins is not
 * the position but the slot that the entry names: claiming is one CAS on the slot's STATE from "queued, by this entry"
 * to "claimed by this thread", which is at the same time the record of who holds what. HEAD only says where to look;
 * anyone moves it past an entry whose slot is no longer queued by it.
 *
 * Invariants, whichever thread dies at whichever step:
 *
 *  1. A slot that is queued has an entry at or after HEAD: HEAD passes an entry only after its slot left "queued".
 *  2. A slot is claimed by exactly one thread, and its STATE names it: there is one CAS, and the tag makes a CAS with
 *     an old entry fail, also when the slot has been queued again since (tags repeat after 2^20 tasks).
 *  3. A thread that sees an entry sees the slot as it was filled: the entry's atomic store comes after the plain
 *  writes.
 *
 *     STATE  = tag (20 bits) | thread (10 bits) | state (2 bits)
 *     entry  = tag (20 bits) | slot (12 bits)
 *     tag    = the entry's position, counted from 1 so that an unwritten entry is never new, modulo 2^20
 */
import { compareExchange, load, store } from '../memory/atomic.ts';
import { HEAD, type Region, SLOT_MASK, SLOT_WORDS, STATE } from './layout.ts';

const FREE = 0;
const QUEUED = 1;
const CLAIMED = 2;

const TAG_MASK = ~SLOT_MASK;
const TAG_SHIFT = 12;
const THREAD_SHIFT = 2;
const THREAD_MASK = 0x3ff;

/** There was no task to claim. */
export const NONE = -1;

const NEVER = (): boolean => false;

/** The producer's end, for the pool's thread. */
export class TaskQueueWriter {
  readonly #region: Region;
  readonly #words: Int32Array;
  readonly #head: number;
  readonly #entries: number;
  readonly #mask: number;
  readonly #slots: number;
  #tail = 0;
  /** A position that HEAD is known to have reached. */
  #knownHead = 0;
  /** Entries of withdrawn tasks that HEAD may not have passed, at most. */
  #withdrawn = 0;

  constructor(region: Region) {
    this.#region = region;
    this.#words = region.i32;
    this.#head = region.base + HEAD;
    this.#entries = region.entries;
    this.#mask = region.entryCount - 1;
    this.#slots = region.slots;
  }

  /** Whether the ring has a free entry. */
  get hasRoom(): boolean {
    return ((this.#tail - this.#knownHead) | 0) <= this.#mask || this.#makeRoom();
  }

  /** Queues a slot that has been filled. Only while there is room. */
  publish(slot: number): void {
    const position = this.#tail;
    const tag = tagOf(position);
    this.#words[this.#slots + slot * SLOT_WORDS + STATE] = tag | QUEUED;
    store(this.#words, this.#entries + (position & this.#mask), tag | slot);
    this.#tail = (position + 1) | 0;
  }

  /** Gives a slot that has been filled to a thread, past the queue. */
  assign(slot: number, thread: number): void {
    store(this.#words, this.#slots + slot * SLOT_WORDS + STATE, (thread << THREAD_SHIFT) | CLAIMED);
  }

  /** Takes a queued task back. False when a thread has claimed it already. */
  withdraw(slot: number): boolean {
    const index = this.#slots + slot * SLOT_WORDS + STATE;
    const state = load(this.#words, index);
    if ((state & 3) !== QUEUED) return false;
    const won = compareExchange(this.#words, index, state, (state & TAG_MASK) | FREE) === state;
    if (won) this.#withdrawn++;
    return won;
  }

  /** The thread that has claimed the slot, or NONE. */
  claimant(slot: number): number {
    const state = load(this.#words, this.#slots + slot * SLOT_WORDS + STATE);
    return (state & 3) === CLAIMED ? (state >>> THREAD_SHIFT) & THREAD_MASK : NONE;
  }

  /** Marks a slot as nobody's. Only for a slot that the pool owns: completed, or its claimant is gone. */
  release(slot: number): void {
    this.#words[this.#slots + slot * SLOT_WORDS + STATE] = FREE;
  }

  /** How many tasks are queued: at the most, since threads go on claiming. */
  get depth(): number {
    this.#knownHead = load(this.#words, this.#head);
    const entries = (this.#tail - this.#knownHead) | 0;
    if (entries === 0) this.#withdrawn = 0;
    return this.#withdrawn === 0 ? entries : this.#countQueued();
  }

  /**
   * Counts past the entries of withdrawn tasks, which are few and short-lived except after a storm of cancellations.
   */
  #countQueued(): number {
    let count = 0;
    for (let position = this.#knownHead; position !== this.#tail; position = (position + 1) | 0) {
      const slot = (this.#words[this.#entries + (position & this.#mask)] as number) & SLOT_MASK;
      const tag = tagOf(position);
      if (load(this.#words, this.#slots + slot * SLOT_WORDS + STATE) === (tag | QUEUED)) count++;
    }
    return count;
  }

  /** The ring is full of entries: reads HEAD again, and helps it past withdrawn ones. */
  #makeRoom(): boolean {
    skipSettled(this.#region);
    this.#knownHead = load(this.#words, this.#head);
    return ((this.#tail - this.#knownHead) | 0) <= this.#mask;
  }
}

/** The consumer's end, for one worker thread. */
export class TaskQueueReader {
  readonly #words: Int32Array;
  readonly #head: number;
  readonly #entries: number;
  readonly #mask: number;
  readonly #slots: number;
  readonly #claim: number;

  constructor(region: Region, thread: number) {
    this.#words = region.i32;
    this.#head = region.base + HEAD;
    this.#entries = region.entries;
    this.#mask = region.entryCount - 1;
    this.#slots = region.slots;
    this.#claim = (thread << THREAD_SHIFT) | CLAIMED;
  }

  /**
   * Claims the oldest queued task for this thread: its slot, or NONE when nothing is queued or the thread is barred.
   *
   * @param isBarred - asked after an entry was seen and before its slot is claimed. Whoever bars a thread does so only
   *   while the queue is empty: if that happens after the answer, the slot of the entry in hand is queued no longer,
   *   and the claim fails
   */
  claim(isBarred: () => boolean = NEVER): number {
    const words = this.#words;
    // Wherever HEAD was, the entry there is judged by its tag: a plain read will do, which costs a tenth of an atomic.
    let position = words[this.#head] as number;
    for (;;) {
      const entry = load(words, this.#entries + (position & this.#mask));
      const tag = tagOf(position);
      if ((entry & TAG_MASK) !== tag) {
        // Either nothing has been written for this position yet, or HEAD has moved on since it was read.
        const head = load(words, this.#head);
        if (head === position) return NONE;
        position = head;
        continue;
      }
      if (isBarred()) return NONE;
      const slot = entry & SLOT_MASK;
      const state = this.#slots + slot * SLOT_WORDS + STATE;
      const won = compareExchange(words, state, tag | QUEUED, tag | this.#claim) === (tag | QUEUED);
      const head = compareExchange(words, this.#head, position, (position + 1) | 0);
      if (won) return slot;
      position = head === position ? (position + 1) | 0 : head;
    }
  }

  /** A hint, by plain reads: whether a task may be queued. */
  get looksFull(): boolean {
    const position = this.#words[this.#head] as number;
    const entry = this.#words[this.#entries + (position & this.#mask)] as number;
    return (entry & TAG_MASK) === tagOf(position);
  }

  /** Whether a task may be queued. */
  get hasWork(): boolean {
    const position = load(this.#words, this.#head);
    const entry = load(this.#words, this.#entries + (position & this.#mask));
    return (entry & TAG_MASK) === tagOf(position);
  }
}

function tagOf(position: number): number {
  return (position + 1) << TAG_SHIFT;
}

/** Moves HEAD past entries whose slots are queued no longer (invariant 1 holds: it stops at the first that is). */
function skipSettled(region: Region): void {
  const { i32: words, base, entries, entryCount, slots } = region;
  for (;;) {
    const position = load(words, base + HEAD);
    const entry = load(words, entries + (position & (entryCount - 1)));
    const tag = tagOf(position);
    if ((entry & TAG_MASK) !== tag) {
      if (load(words, base + HEAD) === position) return;
      continue;
    }
    if (load(words, slots + (entry & SLOT_MASK) * SLOT_WORDS + STATE) === (tag | QUEUED)) return;
    compareExchange(words, base + HEAD, position, (position + 1) | 0);
  }
}

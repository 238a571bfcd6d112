/**
 * Completions of one thread, in order: a single-producer, single-consumer ring of entries that hold the results.
 *
 *     word 0  LABEL   slot (12 bits) | carrier (3 bits) | FAILED | WANTS_MESSAGE | SAMPLED
 *     word 2  SIZE    of the result's bytes, which are in the slot's body or a block
 *     f64  1  NUMBER  a result that is a number, in the place of SIZE
 *
 * The thread writes an entry and then, atomically, the tail; the pool reads the tail and then the entries before it, so
 * it sees each result as it was written. The ring has room for everything that can be outstanding (a slot is completed
 * once per occupancy, and asked for once), so the producer never has to look at the consumer's position, which is
 * private.
 */
import { load, store } from '../memory/atomic.ts';
import { type Region, SLOT_MASK, SLOT_WORDS } from './layout.ts';

const CARRIER_SHIFT = 12;
const CARRIER_MASK = 7;
/** The result is the record of a thrown error. */
export const FAILED: number = 1 << 15;
/** The slot is not done; its claimant asks for arguments that travel by message. */
export const WANTS_MESSAGE: number = 1 << 16;
/** The task was timed: the slot's body says how long it took. */
export const SAMPLED: number = 1 << 17;

/** Makes a label. */
export function labelOf(slot: number, carrier: number, flags: number): number {
  return slot | (carrier << CARRIER_SHIFT) | flags;
}

/** The slot that an entry is about. */
export function slotOfLabel(label: number): number {
  return label & SLOT_MASK;
}

/** How the result travels. */
export function carrierOfLabel(label: number): number {
  return (label >>> CARRIER_SHIFT) & CARRIER_MASK;
}

/** The thread's end. */
export class CompletionWriter {
  readonly #words: Int32Array;
  readonly #tail: number;
  readonly #entries: number;
  readonly #mask: number;
  #position = 0;

  constructor(region: Region, thread: number) {
    this.#words = region.i32;
    this.#tail = region.completionTail(thread);
    this.#entries = region.completionEntries(thread);
    this.#mask = region.completionCount - 1;
  }

  /** Word index of the entry that is pushed next: the result is written there first. */
  get next(): number {
    return this.#entries + (this.#position & this.#mask) * SLOT_WORDS;
  }

  push(label: number): void {
    this.#words[this.next] = label;
    this.#position = (this.#position + 1) | 0;
    store(this.#words, this.#tail, this.#position);
  }
}

/** The pool's end. */
export class CompletionReader {
  readonly #words: Int32Array;
  readonly #tail: number;
  readonly #entries: number;
  readonly #mask: number;
  #position = 0;
  #seen = 0;

  /** The thread must not have started: its ring starts empty. */
  constructor(region: Region, thread: number) {
    this.#words = region.i32;
    this.#tail = region.completionTail(thread);
    this.#entries = region.completionEntries(thread);
    this.#mask = region.completionCount - 1;
    store(this.#words, this.#tail, 0);
  }

  /** Whether there is anything to shift. */
  get isEmpty(): boolean {
    return this.#position === this.#seen && this.#position === (this.#seen = load(this.#words, this.#tail));
  }

  /** Word index of the entry that is shifted next. It holds its result until its slot is freed. */
  get next(): number {
    return this.#entries + (this.#position & this.#mask) * SLOT_WORDS;
  }

  /** The next entry's label; only when not empty. */
  shift(): number {
    const label = this.#words[this.next] as number;
    this.#position = (this.#position + 1) | 0;
    return label;
  }
}

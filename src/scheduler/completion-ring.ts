/**
 * Completions of one thread, in order: a single-producer, single-consumer ring of slot numbers.
 *
 * The thread writes an entry and then, atomically, the tail; the pool reads the tail and then the entries before it, so
 * it sees each slot's result as it was written. The ring has room for everything that can be outstanding (a slot is
 * completed once per occupancy), so the producer never has to look at the consumer's position, which is private.
 */
import { load, store } from '../memory/atomic.ts';
import type { Region } from './layout.ts';

/** Flag in an entry: the slot is not done; its claimant asks for arguments that travel by message. */
export const WANTS_MESSAGE: number = 1 << 16;

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

  push(entry: number): void {
    const position = this.#position;
    this.#words[this.#entries + (position & this.#mask)] = entry;
    this.#position = (position + 1) | 0;
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

  /** The next entry; only when not empty. */
  shift(): number {
    const entry = this.#words[this.#entries + (this.#position & this.#mask)] as number;
    this.#position = (this.#position + 1) | 0;
    return entry;
  }
}

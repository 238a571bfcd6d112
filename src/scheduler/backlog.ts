/**
 * Tasks that found no slot: first in, first out, on the pool's own heap, in a compact form.
 *
 * A million queued tasks are a common thing, so a task is not an object here but a row across the columns of a chunk of
 * 1,024: its words, its settle function, and its encoded arguments in the chunk's byte buffer. A task that is cancelled
 * leaves an empty row, which is skipped.
 */
import { Encoder } from '../channel/codec/encoder.ts';
import { CARRIER_INLINE, CARRIER_MESSAGE, CARRIER_NUMBER, CARRIER_UNDEFINED } from './layout.ts';
import type { Settle } from './pending-promise.ts';
import type { RunControl } from './run-control.ts';

const ROWS = 1024;
const WORDS = 4;
const FIRST_BYTES = 8 * ROWS;
const LARGEST_BYTES = 1 << 30;

/** What a row of the backlog holds. `bytes` is valid until the next call. */
export interface BacklogTask {
  task: number;
  carrier: number;
  number: number;
  bytes: Uint8Array;
  settle: Settle;
  control: RunControl | undefined;
}

/** Where a task stands in the backlog, for taking it back. */
export interface BacklogPlace {
  readonly chunk: object;
  readonly row: number;
}

class Chunk {
  readonly words = new Int32Array(ROWS * WORDS);
  readonly settles: Array<Settle | undefined> = [];
  controls: Array<RunControl | undefined> | undefined;
  bytes = new Uint8Array(FIRST_BYTES);
  used = 0;
  head = 0;
  tail = 0;
  next: Chunk | undefined;
}

export class Backlog {
  readonly #encoder: Encoder;
  #first = new Chunk();
  #last: Chunk = this.#first;
  #size = 0;
  readonly #task: BacklogTask = {
    task: 0,
    carrier: 0,
    number: 0,
    bytes: new Uint8Array(0),
    settle: () => {},
    control: undefined,
  };

  /** @param arenaBuffer - where primitives among the arguments live */
  constructor(arenaBuffer: SharedArrayBuffer) {
    this.#encoder = new Encoder(arenaBuffer);
  }

  /** How many tasks wait. */
  get size(): number {
    return this.#size;
  }

  /**
   * Encodes `value` as the arguments of the next row and says how they travel. Nothing is queued yet: `push` does it.
   * CARRIER_MESSAGE: the codec does not carry the value.
   */
  encode(value: unknown): number {
    if (this.#last.tail === ROWS) this.#last = this.#last.next = new Chunk();
    const chunk = this.#last;
    const row = chunk.tail * WORDS;
    if (value === undefined) return CARRIER_UNDEFINED;
    chunk.words[row + 2] = chunk.used;
    if (typeof value === 'number') {
      this.#reserve(chunk, 8);
      new DataView(chunk.bytes.buffer).setFloat64(chunk.used, value, true);
      chunk.words[row + 3] = 8;
      return CARRIER_NUMBER;
    }
    const end = this.#encoder.encode(value, chunk.bytes, chunk.used, chunk.bytes.length);
    if (end >= 0) {
      chunk.words[row + 3] = end - chunk.used;
      return CARRIER_INLINE;
    }
    const spilled = this.#encoder.spilled;
    if (end !== -1 || spilled === undefined || spilled.length > LARGEST_BYTES) return CARRIER_MESSAGE;
    this.#reserve(chunk, spilled.length);
    chunk.bytes.set(spilled, chunk.used);
    chunk.words[row + 3] = spilled.length;
    return CARRIER_INLINE;
  }

  /** As {@linkcode encode}, for arguments that are encoded already. */
  adopt(carrier: number, number: number, bytes: Uint8Array | undefined): void {
    this.encode(carrier === CARRIER_NUMBER ? number : undefined);
    if (bytes === undefined) return;
    const chunk = this.#last;
    this.#reserve(chunk, bytes.length);
    chunk.bytes.set(bytes, chunk.used);
    chunk.words[chunk.tail * WORDS + 2] = chunk.used;
    chunk.words[chunk.tail * WORDS + 3] = bytes.length;
  }

  /** Queues the row whose arguments `encode` has written. */
  push(task: number, carrier: number, settle: Settle, control: RunControl | undefined): BacklogPlace | undefined {
    const chunk = this.#last;
    const row = chunk.tail++;
    chunk.words[row * WORDS] = task;
    chunk.words[row * WORDS + 1] = carrier;
    if (carrier === CARRIER_NUMBER || carrier === CARRIER_INLINE) {
      chunk.used = (chunk.used + (chunk.words[row * WORDS + 3] as number) + 7) & ~7;
    }
    chunk.settles.push(settle);
    this.#size++;
    if (control === undefined) return undefined;
    (chunk.controls ??= [])[row] = control;
    return { chunk, row };
  }

  /** The oldest task, taken out; undefined when none waits. The same object each time. */
  shift(): BacklogTask | undefined {
    if (this.#size === 0) return undefined;
    this.#skipRemoved();
    const chunk = this.#first;
    const row = chunk.head++;
    this.#size--;
    return this.#read(chunk, row, chunk.settles[row] as Settle);
  }

  /** Whether the oldest task's arguments travel by message. */
  get isMessageNext(): boolean {
    if (this.#size === 0) return false;
    this.#skipRemoved();
    return this.#first.words[this.#first.head * WORDS + 1] === CARRIER_MESSAGE;
  }

  /** Moves to the oldest task. Only while there is one. */
  #skipRemoved(): void {
    while (this.#first.head === this.#first.tail || this.#first.settles[this.#first.head] === undefined) {
      if (this.#first.head === this.#first.tail) this.#first = this.#first.next as Chunk;
      else this.#first.head++;
    }
  }

  /** Takes a cancelled task out. */
  remove(place: BacklogPlace): void {
    const chunk = place.chunk as Chunk;
    chunk.settles[place.row] = undefined;
    if (chunk.controls !== undefined) chunk.controls[place.row] = undefined;
    this.#size--;
  }

  #read(chunk: Chunk, row: number, settle: Settle): BacklogTask {
    const task = this.#task;
    const at = row * WORDS;
    const offset = chunk.words[at + 2] as number;
    task.task = chunk.words[at] as number;
    task.carrier = chunk.words[at + 1] as number;
    if (task.carrier === CARRIER_NUMBER) task.number = new DataView(chunk.bytes.buffer).getFloat64(offset, true);
    else if (task.carrier === CARRIER_INLINE) {
      task.bytes = chunk.bytes.subarray(offset, offset + (chunk.words[at + 3] as number));
    }
    task.settle = settle;
    task.control = chunk.controls?.[row];
    chunk.settles[row] = undefined;
    if (chunk.controls !== undefined) chunk.controls[row] = undefined;
    return task;
  }

  #reserve(chunk: Chunk, bytes: number): void {
    const needed = chunk.used + bytes;
    if (needed <= chunk.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, chunk.bytes.length * 2));
    grown.set(chunk.bytes.subarray(0, chunk.used));
    chunk.bytes = grown;
  }
}

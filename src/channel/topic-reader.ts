/** A subscription's way through the log of its topic: see topic-log.ts. */
import { compareExchange, load, store } from '../memory/atomic.ts';
import { MOST_BODY_BYTES, stateOf } from './message-cells.ts';
import { PackedMessage } from './packed-message.ts';
import { CURSOR, LIMIT } from './subscription-table.ts';
import { END, FULL, SKIPPED, type TopicLog } from './topic-log.ts';
import { wakeNext } from './wake-next.ts';

/** What `read` found. */
export const MESSAGE = 0;
export const NOTHING_YET = 1;
export const ENDED = 2;

/** One cursor, moved by the thread that subscribed. */
export class TopicReader {
  /** How many messages were passed over because newer ones had come. */
  dropped = 0;
  readonly #log: TopicLog;
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #capacity: number;
  readonly #drops: boolean;
  readonly #scratch: PackedMessage = new PackedMessage(new Uint8Array(MOST_BODY_BYTES));
  #copy: PackedMessage = this.#scratch;
  #cursor = 0;

  /**
   * @param subscription - byte offset of the subscription's block
   * @param capacity - by how much it may lag
   * @param drops - whether it then passes over messages, where otherwise publishers wait
   */
  constructor(log: TopicLog, subscription: number, capacity: number, drops: boolean) {
    this.#log = log;
    this.#words = log.arena.i32;
    this.#base = subscription >> 2;
    this.#capacity = capacity;
    this.#drops = drops;
    this.#words[this.#base + LIMIT] = drops ? 0 : capacity;
  }

  /** Where the latest `replay` messages begin, roughly, before the subscription is in the table: not after that. */
  prepare(replay: number): void {
    store(this.#words, this.#base + CURSOR, (this.#log.tail - replay) | 0);
  }

  /** Begins with the latest `replay` messages, once the subscription is in the table. */
  begin(replay: number): void {
    let start = this.#log.tail;
    for (let left = replay; left > 0 && this.#log.isClaimed((start - 1) | 0); left--) start = (start - 1) | 0;
    this.#moveTo(start);
  }

  /** Looks for the next message; if there is one, `message` has it and the cursor is past it. */
  read(): number {
    for (;;) {
      if (this.#drops) this.#catchUp();
      const { cells } = this.#log;
      const position = this.#cursor;
      const cell = cells.cell(position);
      const seen = load(this.#words, cell);
      const state = cells.tagOf(seen) === cells.tag(position) ? stateOf(seen) : -1;
      if (state === FULL) {
        const copy = cells.copy(cell, this.#scratch);
        // Not a load: only an operation that also writes comes after the plain reads of the copy on every processor.
        // The other half is that whoever overwrites a cell moves TAIL by a CAS between its claim and its first write.
        const isSame = compareExchange(this.#words, cell, seen, seen) === seen;
        // Overwritten meanwhile: then it is among those that are passed over.
        if (copy === undefined || !isSame) continue;
        this.#copy = copy;
        this.#moveTo((position + 1) | 0);
        return MESSAGE;
      }
      if (state === SKIPPED) this.#moveTo((position + 1) | 0);
      else if (state === END) return ENDED;
      // If a publisher was faster than the end, it rings when it is done.
      else if (!this.#log.putEnd(position)) return NOTHING_YET;
    }
  }

  /** The message that was read last. */
  get message(): unknown {
    return this.#log.cells.unpack(this.#copy);
  }

  /** Whether there is something to read, or the topic is closed. */
  canRead(): boolean {
    return this.#log.isClosed || this.#isReadable(this.#cursor) || (this.#drops && this.#lag > this.#capacity);
  }

  get #lag(): number {
    return (this.#log.tail - this.#cursor) | 0;
  }

  /**
   * Passes over what exceeds the capacity. The message that it goes to must have been published, not just claimed: else
   * a reader that wants only the latest would always find it unfinished.
   */
  #catchUp(): void {
    const lag = this.#lag;
    if (lag <= this.#capacity) return;
    const most = lag - this.#capacity;
    const least = Math.max(1, lag - this.#log.cells.count);
    for (let by = most; by >= least; by--) {
      if (!this.#isReadable((this.#cursor + by) | 0)) continue;
      this.dropped += by;
      return this.#moveTo((this.#cursor + by) | 0);
    }
  }

  #isReadable(position: number): boolean {
    const { cells } = this.#log;
    return load(this.#words, cells.cell(position)) === (cells.tag(position) | FULL);
  }

  /** Publishers that wait for this cursor look again. */
  #moveTo(position: number): void {
    this.#cursor = position;
    store(this.#words, this.#base + CURSOR, position);
    if (!this.#drops) wakeNext(this.#log.arena, this.#log.offset);
  }
}

/**
 * The log of a topic: one ring that everybody publishes to and every subscription reads at its own pace.
 *
 * A message is written once, however many read it. After the LMAX Disruptor
 * (https://lmax-exchange.github.io/disruptor/disruptor.html): subscriptions are cursors into the ring, and publishers
 * stay behind the slowest of those that must not miss anything. Claims are made on cells, as in message-queue.ts; cells
 * are not emptied but overwritten a lap later, so that the latest messages are there for whoever subscribes.
 *
 *     any state of lap n - 1 but WRITING ──publisher's CAS──> WRITING lap n, thread ──> FULL lap n
 *                                                                   └─ (it died) ─────> SKIPPED lap n
 *
 * The block of a topic:
 *
 *     line 0       what every primitive has, for those who wait to publish; STATE is 1 once it is closed; word 6
 *                  CAPACITY: the most that a subscription may lag; word 7 SHIFT: log2 of the cells (more than CAPACITY,
 *                  so that what is overwritten is out of everybody's reach)
 *     line 1       TAIL, the position to publish to: anyone moves it past a claimed cell
 *     line 2       CHANGES, counts subscriptions that came and went; word 1 HIGH: so many places of the table were used
 *     line 3 to 6  the table of subscriptions: their blocks, or 0
 *     line 7       the cells
 *
 * The block of a subscription is written by its own thread only:
 *
 *     line 0  what every primitive has; word 6 TOPIC, word 7 that block's generation, word 8 OWNER: thread plus 1,
 *             word 9 CURSOR: the position it reads next, word 10 LIMIT: by how much publishers may be ahead, or 0
 *
 * **Nobody overtakes who must not miss anything.** A publisher reads TAIL and then CHANGES; if that has moved, or it
 * has come to where it knew the slowest cursor to let it, it looks at all cursors again. Who subscribes enters the
 * table, counts up CHANGES, and only then reads TAIL to begin there. So a publisher that does not know it yet has a
 * position no later than that.
 *
 * **Reading without a claim.** A cell may be overwritten while it is read. The reader copies it and then looks at its
 * state again: every claim changes it, so if it is the same, the copy is whole (a sequence lock).
 *
 * **The end** is put into a cell as in message-queue.ts. **No wake-up is lost** for the reasons given there;
 * publishing wakes every subscription that waits. **Death**: a publisher's unfinished cell is skipped; a subscription
 * leaves the table.
 */
import type { Arena } from '../memory/arena.ts';
import { add, compareExchange, load, store } from '../memory/atomic.ts';
import { LINE_BYTES, LINE_WORDS } from '../memory/layout.ts';
import { OWN, STATE } from '../signal/primitive-block.ts';
import { cellsBytes, cellsShift, claim, claimantOf, MessageCells, stateOf } from './message-cells.ts';
import { CLOSED, NO_ROOM, PUT } from './message-queue.ts';
import type { PackedMessage } from './packed-message.ts';
import { wakeAll, wakeNext } from './wake-next.ts';

const CAPACITY: number = OWN;
const SHIFT: number = OWN + 1;
const TAIL: number = LINE_WORDS;
const CHANGES: number = 2 * LINE_WORDS;
const HIGH: number = 2 * LINE_WORDS + 1;
const TABLE: number = 3 * LINE_WORDS;
const CELLS: number = 7 * LINE_WORDS;

/** Words of a subscription's block. */
export const TOPIC: number = OWN;
export const TOPIC_GENERATION: number = OWN + 1;
export const OWNER: number = OWN + 2;
export const CURSOR: number = OWN + 3;
export const LIMIT: number = OWN + 4;

const EMPTY = 0;
const WRITING = 1;
/** States of cells that readers know. */
export const FULL = 2;
export const SKIPPED = 3;
export const END = 4;

/** The most subscriptions that one topic has at a time. */
export const MOST_SUBSCRIPTIONS = 64;
/** How far publishers may go on where no subscription holds them up, before they look again. */
const FAR: number = 2 ** 30;

/** How many bytes the block of a topic takes. */
export function logBytes(capacity: number): number {
  return 7 * LINE_BYTES + cellsBytes(cellsShift(capacity + 1));
}

/** Writes into a new block what `TopicLog` finds there. */
export function formatLog(arena: Arena, offset: number, capacity: number): void {
  const base = offset >> 2;
  arena.i32[base + CAPACITY] = capacity;
  arena.i32[base + SHIFT] = cellsShift(capacity + 1);
}

/** One thread's view of the log of a topic. */
export class TopicLog {
  readonly arena: Arena;
  /** Byte offset of the topic's block: the primitive for those who wait to publish. */
  readonly offset: number;
  readonly capacity: number;
  readonly cells: MessageCells;
  readonly #words: Int32Array;
  readonly #base: number;
  /** What was known when the cursors were last looked at: from `#from` on, `#span` positions were free to claim. */
  #changes = -1;
  #from = 0;
  #span = 0;

  constructor(arena: Arena, offset: number) {
    this.arena = arena;
    this.offset = offset;
    this.#words = arena.i32;
    this.#base = offset >> 2;
    this.capacity = arena.i32[this.#base + CAPACITY] as number;
    this.cells = new MessageCells(arena, this.#base + CELLS, arena.i32[this.#base + SHIFT] as number);
  }

  get isClosed(): boolean {
    return load(this.#words, this.#base + STATE) !== 0;
  }

  /** The position that is published to next; cells before it have been claimed. */
  get tail(): number {
    return load(this.#words, this.#base + TAIL);
  }

  /** Turns publishers away from now on, and lets everyone know. */
  close(): void {
    store(this.#words, this.#base + STATE, 1);
    this.alert();
  }

  /**
   * Publishes a message and wakes the subscriptions.
   *
   * @returns PUT, NO_ROOM or CLOSED
   * @throws {ArenaFullError} if it is too large for a cell and the arena has no room; then nothing was published
   */
  put(message: PackedMessage, thread: number): number {
    const words = this.#words;
    for (;;) {
      if (this.isClosed) return CLOSED;
      // Before CHANGES, which is read next: see above.
      const position = load(words, this.#base + TAIL);
      const isRoom = this.#isRoomAt(position);
      const cell = this.cells.cell(position);
      const tag = this.cells.tag(position);
      const seen = load(words, cell);
      if (seen === (tag | END)) return CLOSED;
      if (this.cells.tagOf(seen) === tag && seen !== EMPTY) {
        this.#advance(position);
      } else if (isRoom && this.#isOver(seen, tag)) {
        if (compareExchange(words, cell, seen, claim(tag, thread, WRITING)) !== seen) continue;
        this.#advance(position);
        this.#publish(cell, tag, message);
        return PUT;
      } else if (load(words, this.#base + TAIL) === position) {
        // A subscription lags, or the publisher of a lap ago is still writing.
        return NO_ROOM;
      }
    }
  }

  /** Whether there may be room: never false while there is. */
  mayPut(): boolean {
    return this.#isRoomAt(load(this.#words, this.#base + TAIL));
  }

  /** Puts the end where nothing has been published yet. False if it is not closed, or something has. */
  putEnd(position: number): boolean {
    const cell = this.cells.cell(position);
    const tag = this.cells.tag(position);
    const seen = load(this.#words, cell);
    if (!this.isClosed || !this.#isOver(seen, tag)) return false;
    return compareExchange(this.#words, cell, seen, tag | END) === seen;
  }

  /** Whether a cell holds something of its position's own lap, be it still being written. */
  isClaimed(position: number): boolean {
    const seen = load(this.#words, this.cells.cell(position));
    return this.cells.tagOf(seen) === this.cells.tag(position) && stateOf(seen) !== EMPTY;
  }

  /** Enters a subscription into the table. False if that is full. */
  enter(subscription: number): boolean {
    const words = this.#words;
    for (let place = 0; place < MOST_SUBSCRIPTIONS; place++) {
      if (compareExchange(words, this.#base + TABLE + place, 0, subscription) !== 0) continue;
      for (let high = load(words, this.#base + HIGH); high <= place; high = load(words, this.#base + HIGH)) {
        compareExchange(words, this.#base + HIGH, high, place + 1);
      }
      add(words, this.#base + CHANGES, 1);
      return true;
    }
    return false;
  }

  /** Takes a subscription out of the table; publishers that waited for it go on. */
  remove(subscription: number): void {
    for (let place = 0; place < MOST_SUBSCRIPTIONS; place++) {
      compareExchange(this.#words, this.#base + TABLE + place, subscription, 0);
    }
    add(this.#words, this.#base + CHANGES, 1);
    wakeNext(this.arena, this.offset);
  }

  /** The blocks of all subscriptions. */
  *subscriptions(): Generator<number, void, undefined> {
    const high = load(this.#words, this.#base + HIGH);
    for (let place = 0; place < high; place++) {
      const offset = load(this.#words, this.#base + TABLE + place);
      if (offset !== 0) yield offset;
    }
  }

  /** Skips the cells that a dead publisher had claimed. Safe to call twice, and at the same time in several threads. */
  recover(dead: number, thread: number): void {
    for (let index = 0; index < this.cells.count; index++) {
      const cell = this.cells.cell(index);
      const seen = load(this.#words, cell);
      if (stateOf(seen) !== WRITING || claimantOf(seen) !== dead) continue;
      const tag = this.cells.tagOf(seen);
      if (compareExchange(this.#words, cell, seen, claim(tag, thread, WRITING)) === seen) this.#skip(cell, tag);
    }
  }

  /** Wakes all who may be owed a ring. */
  alert(): void {
    for (const subscription of this.subscriptions()) wakeAll(this.arena, subscription);
    if (this.isClosed) wakeAll(this.arena, this.offset);
    else wakeNext(this.arena, this.offset);
  }

  /** Frees what the cells hold: for the end of the topic. */
  discard(): void {
    for (let index = 0; index < this.cells.count; index++) this.cells.clear(this.cells.cell(index));
  }

  #publish(cell: number, tag: number, message: PackedMessage): void {
    try {
      this.cells.clear(cell);
      this.cells.write(cell, message);
    } catch (error) {
      this.#skip(cell, tag);
      this.alert();
      throw error;
    }
    store(this.#words, cell, tag | FULL);
    const high = load(this.#words, this.#base + HIGH);
    for (let place = 0; place < high; place++) {
      const subscription = load(this.#words, this.#base + TABLE + place);
      if (subscription !== 0) wakeAll(this.arena, subscription);
    }
    // A publisher that is a lap ahead waits for this cell.
    wakeNext(this.arena, this.offset);
  }

  #skip(cell: number, tag: number): void {
    this.cells.clear(cell);
    store(this.#words, cell, tag | SKIPPED);
  }

  /** Whether a cell is done with the lap before `tag`. */
  #isOver(seen: number, tag: number): boolean {
    if (seen === EMPTY) return tag === 0;
    return stateOf(seen) !== WRITING && this.cells.nextTag(this.cells.tagOf(seen)) === tag;
  }

  #isRoomAt(position: number): boolean {
    const changes = load(this.#words, this.#base + CHANGES);
    // Unsigned: what is known may be billions of messages old.
    if (changes === this.#changes && (position - this.#from) >>> 0 < this.#span) return true;
    this.#changes = changes;
    this.#from = position;
    this.#span = FAR;
    for (const subscription of this.subscriptions()) {
      const base = subscription >> 2;
      const limit = load(this.#words, base + LIMIT);
      if (limit === 0) continue;
      const room = (load(this.#words, base + CURSOR) + limit - position) | 0;
      this.#span = Math.min(this.#span, Math.max(room, 0));
    }
    return this.#span > 0;
  }

  #advance(position: number): void {
    compareExchange(this.#words, this.#base + TAIL, position, (position + 1) | 0);
  }
}

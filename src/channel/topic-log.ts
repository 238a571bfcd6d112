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
 *     line 2 to 6  the table of subscriptions (subscription-table.ts)
 *     line 7       the cells
 *
 * **Reading without a claim.** A cell may be overwritten while it is read. The reader copies it and then looks at its
 * state again: every claim changes it, so if it is the same, the copy is whole (a sequence lock).
 *
 * **The end** is put into a cell as in message-queue.ts. **No wake-up is lost** for the reasons given there;
 * publishing wakes every subscription that waits. **Death**: a publisher's unfinished cell is skipped; a subscription
 * leaves the table.
 */
import type { Arena } from '../memory/arena.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { LINE_WORDS } from '../memory/layout.ts';
import { OWN, STATE } from '../signal/primitive-block.ts';
import { cellsBytes, cellsShift, claim, claimantOf, MessageCells, stateOf } from './message-cells.ts';
import { CLOSED, NO_ROOM, PUT } from './message-queue.ts';
import type { PackedMessage } from './packed-message.ts';
import { SubscriptionTable, TABLE_WORDS } from './subscription-table.ts';
import { wakeAll, wakeNext } from './wake-next.ts';

const CAPACITY: number = OWN;
const SHIFT: number = OWN + 1;
const TAIL: number = LINE_WORDS;
const TABLE: number = 2 * LINE_WORDS;
const CELLS: number = TABLE + TABLE_WORDS;

const EMPTY = 0;
const WRITING = 1;
/** States of cells that readers know. */
export const FULL = 2;
export const SKIPPED = 3;
export const END = 4;

/** How many bytes the block of a topic takes. */
export function logBytes(capacity: number): number {
  return CELLS * 4 + cellsBytes(cellsShift(capacity + 1));
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
  readonly subscriptions: SubscriptionTable;
  readonly #words: Int32Array;
  readonly #base: number;

  constructor(arena: Arena, offset: number) {
    this.arena = arena;
    this.offset = offset;
    this.#words = arena.i32;
    this.#base = offset >> 2;
    this.capacity = arena.i32[this.#base + CAPACITY] as number;
    this.subscriptions = new SubscriptionTable(arena, this.#base + TABLE);
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
      // Before CHANGES, which is read next: see subscription-table.ts.
      const position = load(words, this.#base + TAIL);
      const isRoom = this.subscriptions.leaveRoomAt(position);
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
    return this.subscriptions.leaveRoomAt(load(this.#words, this.#base + TAIL));
  }

  /**
   * Puts the end where nothing has been published yet. False if it is not closed, or a publisher has that place, who
   * rings when it is done; otherwise the place is to be looked at again.
   */
  putEnd(position: number): boolean {
    const cell = this.cells.cell(position);
    const tag = this.cells.tag(position);
    if (!this.isClosed) return false;
    const seen = load(this.#words, cell);
    // Another subscription has just put it: nobody rings for that.
    if (seen === (tag | END)) return true;
    if (!this.#isOver(seen, tag)) return false;
    compareExchange(this.#words, cell, seen, tag | END);
    return true;
  }

  /** Whether a cell holds something of its position's own lap, be it still being written. */
  isClaimed(position: number): boolean {
    const seen = load(this.#words, this.cells.cell(position));
    return this.cells.tagOf(seen) === this.cells.tag(position) && stateOf(seen) !== EMPTY;
  }

  /** Takes a subscription off; publishers that waited for it go on. */
  remove(subscription: number): void {
    this.subscriptions.remove(subscription);
    wakeNext(this.arena, this.offset);
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
    this.subscriptions.wakeAll();
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
    this.subscriptions.wakeAll();
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

  #advance(position: number): void {
    compareExchange(this.#words, this.#base + TAIL, position, (position + 1) | 0);
  }
}

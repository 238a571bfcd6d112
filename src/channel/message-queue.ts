/**
 * The ring of a channel: any number of senders and receivers, without locks, in any of which a thread may die.
 *
 * After Dmitry Vyukov's bounded MPMC queue
 * (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue): each cell says for which lap of the
 * ring it is ready. What differs is where the claim is made: by a CAS on the cell and not on TAIL or HEAD, so that a
 * claim always names its thread. TAIL and HEAD only say where to look, and anyone moves them past a claimed cell (as in
 * the queue of Michael and Scott, https://doi.org/10.1145/248052.248106).
 *
 *     EMPTY lap n ──sender's CAS──> WRITING lap n, thread ──> FULL lap n ──receiver's CAS──> READING lap n, thread
 *          ^                                 │ (it died, or found no memory)                        │
 *          └────────── n := n + 1 ───────────┴──────────────────────────────────────────────────────┘
 *
 * The block of the channel:
 *
 *     line 0  what every primitive has (primitive-block.ts), for those who receive; STATE is 1 once it is closed;
 *             word 6 ROOM: the primitive for those who wait to send; word 7 CAPACITY; word 8 SHIFT: log2 of the cells
 *     line 1  HEAD, the position to receive from
 *     line 2  TAIL, the position to send to
 *     line 3  the cells (message-cells.ts)
 *
 * **Order.** A position is claimed before any later one, and received before any later one. So the messages of one
 * sender are received in the order in which they were sent; and a sender that is slow to write holds up those behind.
 *
 * **The end.** A flag turns senders away, but one of them may have looked before it was set. So it is not the flag that
 * ends the channel: whoever finds it set and nothing to receive puts the state END into the cell that is next for both
 * sides, by the very CAS with which a sender would claim it. What was claimed before is received, what was not is
 * refused, and every thread sees the same end.
 *
 * **Why no wake-up is lost.** Who publishes, skips or frees a cell does so first and then reads who is interested; who
 * waits says so first and then looks (primitive-block.ts). One thread is woken for each, and one that leaves with
 * something left wakes the next.
 *
 * **Death.** A sender that dies in WRITING has sent nothing, and its cell is skipped; in FULL it has sent. A receiver
 * that dies in READING takes that one message with it. In both cases `recover` frees the cell and what it held.
 */
import type { Arena } from '../memory/arena.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { LINE_BYTES, LINE_WORDS } from '../memory/layout.ts';
import { OWN, STATE } from '../signal/primitive-block.ts';
import { cellsBytes, cellsShift, claim, claimantOf, MessageCells, stateOf } from './message-cells.ts';
import type { PackedMessage } from './packed-message.ts';
import { wakeAll, wakeNext } from './wake-next.ts';

const ROOM: number = OWN;
const CAPACITY: number = OWN + 1;
const SHIFT: number = OWN + 2;
const HEAD: number = LINE_WORDS;
const TAIL: number = 2 * LINE_WORDS;
const CELLS: number = 3 * LINE_WORDS;

const EMPTY = 0;
const WRITING = 1;
const FULL = 2;
const READING = 3;
const END = 4;

/** What became of a message that was put. */
export const PUT = 0;
export const NO_ROOM = 1;
export const CLOSED = 2;

/** There is nothing to receive. */
export const NOTHING = -1;

/** How many bytes the block of a channel takes. */
export function queueBytes(capacity: number): number {
  return 3 * LINE_BYTES + cellsBytes(cellsShift(capacity));
}

/** Writes into a new block what `MessageQueue` finds there. */
export function formatQueue(arena: Arena, offset: number, capacity: number, room: number): void {
  const base = offset >> 2;
  arena.i32[base + ROOM] = room;
  arena.i32[base + CAPACITY] = capacity;
  arena.i32[base + SHIFT] = cellsShift(capacity);
}

/** One thread's view of the ring of a channel. */
export class MessageQueue {
  readonly arena: Arena;
  /** Byte offset of the channel's block: the primitive for those who receive. */
  readonly offset: number;
  /** Byte offset of the primitive for those who wait to send. */
  readonly room: number;
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #cells: MessageCells;
  /** A position that HEAD is known to have reached: spares senders the line that receivers write. */
  #knownHead: number;
  /** What `findFront` saw last. */
  readonly #front: { position: number; cell: number; tag: number; seen: number } = {
    position: 0,
    cell: 0,
    tag: 0,
    seen: 0,
  };

  constructor(arena: Arena, offset: number) {
    this.arena = arena;
    this.offset = offset;
    this.#words = arena.i32;
    this.#base = offset >> 2;
    this.room = arena.i32[this.#base + ROOM] as number;
    this.capacity = arena.i32[this.#base + CAPACITY] as number;
    this.#cells = new MessageCells(arena, this.#base + CELLS, arena.i32[this.#base + SHIFT] as number);
    this.#knownHead = load(this.#words, this.#base + HEAD);
  }

  get isClosed(): boolean {
    return load(this.#words, this.#base + STATE) !== 0;
  }

  /** How many messages there are, those that are being written included. */
  get size(): number {
    const head = load(this.#words, this.#base + HEAD);
    const size = (load(this.#words, this.#base + TAIL) - head) | 0;
    return Math.min(size, this.capacity);
  }

  /** Turns senders away from now on, and lets everyone know. */
  close(): void {
    store(this.#words, this.#base + STATE, 1);
    // Also if it was closed already: who closed it may have died before it rang.
    wakeAll(this.arena, this.offset);
    wakeAll(this.arena, this.room);
  }

  /**
   * Puts a message at the end and wakes a receiver.
   *
   * @returns PUT, NO_ROOM or CLOSED
   * @throws {ArenaFullError} if it is too large for a cell and the arena has no room; then nothing was put
   */
  put(message: PackedMessage, thread: number): number {
    const words = this.#words;
    for (;;) {
      if (this.isClosed) return CLOSED;
      const position = load(words, this.#base + TAIL);
      const cell = this.#cells.cell(position);
      const tag = this.#cells.tag(position);
      const seen = load(words, cell);
      if (seen === (tag | EMPTY)) {
        if (!this.#isRoomAt(position)) return NO_ROOM;
        if (compareExchange(words, cell, seen, claim(tag, thread, WRITING)) !== seen) continue;
        this.#advance(TAIL, position);
        this.#publish(cell, tag, message);
        return PUT;
      }
      if (seen === (tag | END)) return CLOSED;
      if (!this.#isOfLapBefore(seen, tag)) this.#advance(TAIL, position);
      // Not received, or still being read; unless TAIL has moved on, and this is an old position.
      else if (load(words, this.#base + TAIL) === position) return NO_ROOM;
    }
  }

  /** Whether there may be room: never false while there is. */
  mayPut(): boolean {
    return this.#isRoomAt(load(this.#words, this.#base + TAIL));
  }

  /** Claims the oldest message for `thread`: its cell, or NOTHING. Then `read` it, and `free` it in any case. */
  take(thread: number): number {
    while (this.#findFront()) {
      const { tag, cell, seen, position } = this.#front;
      if (compareExchange(this.#words, cell, seen, claim(tag, thread, READING)) !== seen) continue;
      this.#advance(HEAD, position);
      return cell;
    }
    return NOTHING;
  }

  /** Whether there is something to take. */
  canTake(): boolean {
    return this.#findFront();
  }

  /** The message in a cell that was taken. */
  read(cell: number): unknown {
    return this.#cells.read(cell);
  }

  /** Gives back a cell that was taken, and wakes a sender. */
  free(cell: number): void {
    this.#vacate(cell);
    wakeNext(this.arena, this.room);
    // The cell may have been all that kept them from finding the end.
    if (this.isClosed) wakeAll(this.arena, this.offset);
  }

  /** Takes all messages and wakes nobody: for the end of the channel. */
  discard(thread: number): void {
    for (let cell = this.take(thread); cell !== NOTHING; cell = this.take(thread)) this.#vacate(cell);
  }

  /** Whether it is closed and everything was received. */
  isEnded(): boolean {
    while (this.isClosed && !this.#findFront()) {
      const { tag, cell, seen } = this.#front;
      if (seen === (tag | END)) return true;
      // A sender came before the end and is still writing, or the cell is still being read for the lap before.
      if (seen !== (tag | EMPTY)) return false;
      compareExchange(this.#words, cell, seen, tag | END);
    }
    return false;
  }

  /**
   * Frees the cells that a dead thread had claimed. Safe to call twice, and at the same time in several threads.
   *
   * @param thread - the calling thread, which takes them over
   */
  recover(dead: number, thread: number): void {
    for (let index = 0; index < this.#cells.count; index++) {
      const cell = this.#cells.cell(index);
      const seen = load(this.#words, cell);
      const state = stateOf(seen);
      if ((state !== WRITING && state !== READING) || claimantOf(seen) !== dead) continue;
      const taken = claim(this.#cells.tagOf(seen), thread, READING);
      if (compareExchange(this.#words, cell, seen, taken) === seen) this.#vacate(cell);
    }
  }

  /** Wakes those whom a dead thread may have owed a ring. */
  alert(): void {
    if (this.isClosed) return this.close();
    // Past the cells of the dead.
    this.#findFront();
    wakeNext(this.arena, this.offset);
    wakeNext(this.arena, this.room);
  }

  #publish(cell: number, tag: number, message: PackedMessage): void {
    try {
      this.#cells.write(cell, message);
    } catch (error) {
      this.#vacate(cell);
      this.alert();
      throw error;
    }
    store(this.#words, cell, tag | FULL);
    wakeNext(this.arena, this.offset);
  }

  /** Makes a cell that the caller has claimed ready for the next lap. */
  #vacate(cell: number): void {
    this.#cells.clear(cell);
    store(this.#words, cell, this.#cells.nextTag(this.#cells.tagOf(load(this.#words, cell))) | EMPTY);
  }

  /** Looks at HEAD, moving it past what was taken or skipped. Returns whether there is a message. */
  #findFront(): boolean {
    const words = this.#words;
    for (;;) {
      const position = load(words, this.#base + HEAD);
      const cell = this.#cells.cell(position);
      const tag = this.#cells.tag(position);
      const seen = load(words, cell);
      const isOfThisLap = this.#cells.tagOf(seen) === tag;
      if (isOfThisLap ? stateOf(seen) === READING : !this.#isOfLapBefore(seen, tag)) {
        this.#advance(HEAD, position);
        continue;
      }
      const front = this.#front;
      front.position = position;
      front.cell = cell;
      front.tag = tag;
      front.seen = seen;
      if (seen === (tag | FULL)) return true;
      // An old position may look empty although the next is not.
      if (load(words, this.#base + HEAD) === position) return false;
    }
  }

  #isRoomAt(position: number): boolean {
    // Unsigned: what is known may be billions of messages old.
    if ((position - this.#knownHead) >>> 0 < this.capacity) return true;
    this.#findFront();
    this.#knownHead = load(this.#words, this.#base + HEAD);
    // Signed: `position` may be older than what is known now; then it cannot be claimed anyway.
    return ((position - this.#knownHead) | 0) < this.capacity;
  }

  #isOfLapBefore(seen: number, tag: number): boolean {
    return this.#cells.nextTag(this.#cells.tagOf(seen)) === tag;
  }

  #advance(word: number, position: number): void {
    compareExchange(this.#words, this.#base + word, position, (position + 1) | 0);
  }
}

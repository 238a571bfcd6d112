/**
 * The pool's part of the arena: one block, laid out once, known to the pool and to each of its threads.
 *
 *     +--------------------------+ base
 *     | HEAD                     |  line 0: next position to claim         (written by threads, CAS)
 *     | IDLE_THREADS             |  line 1: two bits per thread            (see idle-threads.ts)
 *     +--------------------------+
 *     | queue entries            |  entries x 4 bytes                      (written by the pool's thread)
 *     +--------------------------+
 *     | key table                |  KEY_TABLE_BYTES                        (see channel/codec/key-table.ts)
 *     +--------------------------+
 *     | slot 0 | slot 1 | ...    |  slots x SLOT_BYTES                     (see below)
 *     +--------------------------+
 *     | thread 0: control line, clock, completion tail line, completion entries | thread 1: ...
 *     +--------------------------+
 *
 * A slot is a task from the moment it is queued until its caller has been answered. Whoever owns it (the pool, then the
 * thread that claimed it, then the pool again) is the only one that writes it, but for STATE and CANCEL.
 *
 *     word  0  STATE      tag (20 bits) | thread (10 bits) | state (2 bits); see task-queue.ts
 *     word  1  TASK       which task, and flags
 *     word  2  ARGS       how the arguments travel (a Carrier)
 *     word  3  ARGS_SIZE  their length in bytes
 *     word  4  CANCEL     1 once the caller has given up; read by the task
 *     word  5  RESULT     how the result travels (a Carrier, perhaps with FAILED)
 *     word  6  RESULT_SIZE
 *     word  7  ARGS_BLOCK    arena block with the arguments, or 0
 *     word  8  RESULT_BLOCK  arena block with the result, or 0
 *     f64   5  NUMBER     a number, in or out: most small calls touch this line only
 *     f64   6  DEADLINE   on the shared clock, or 0
 *     f64   7  STAMP      sampled tasks: in, when it was queued; out, how long it ran
 *     byte 64  INLINE     arguments, then result, when they fit
 */
import type { Arena } from '../memory/arena.ts';
import { CLOCK_EXCHANGE_WORDS } from '../pacing/clock.ts';

export const HEAD = 0;
export const IDLE_THREADS = 16;
const HEADER_WORDS = 32;
/** Room for the keys of some 300 shapes of objects; those of others go with each message. */
export const KEY_TABLE_BYTES: number = 16 * 1024;

/** A multiple of the cache line, and an odd one, so that slots spread over all sets of the cache. */
export const SLOT_BYTES: number = 33 * 64;
export const SLOT_WORDS: number = SLOT_BYTES >> 2;
export const INLINE_OFFSET = 64;
export const INLINE_BYTES: number = SLOT_BYTES - INLINE_OFFSET;

export const STATE = 0;
export const TASK = 1;
export const ARGS = 2;
export const ARGS_SIZE = 3;
export const CANCEL = 4;
export const RESULT = 5;
export const RESULT_SIZE = 6;
export const ARGS_BLOCK = 7;
export const RESULT_BLOCK = 8;
/** Indices into a slot seen as float64. */
export const NUMBER = 5;
export const DEADLINE = 6;
export const STAMP = 7;

/** Flags in the TASK word, above the index of the task. */
export const TASK_INDEX_MASK = 0xffff;
export const TASK_NAMED: number = 1 << 16;
export const TASK_SPREAD: number = 1 << 17;
export const TASK_SAMPLED: number = 1 << 18;

/** How a value travels. */
export const CARRIER_UNDEFINED = 0;
export const CARRIER_NUMBER = 1;
export const CARRIER_INLINE = 2;
export const CARRIER_BLOCK = 3;
export const CARRIER_MESSAGE = 4;
/** Added to a result's carrier when it is the record of a thrown error. */
export const FAILED = 8;

/** A thread's control line: what it is to do, its place in the arena's thread table, whether it can be ended. */
export const STOP = 0;
export const DOORBELL = 1;
export const KILLABLE = 2;
/** How many tasks the thread has been sent ahead of time (written by the pool), and has begun (by the thread). */
export const SENT = 3;
export const BEGUN = 4;
const CONTROL_WORDS = 16;
const TAIL_WORDS = 16;

/** Values of a thread's STOP word. */
export const RUN = 0;
export const STOP_WHEN_DONE = 1;
export const STOP_NOW = 2;

/** A slot number takes 12 bits of a queue entry. */
export const MAX_SLOTS = 4096;

/** The most threads that a pool may have; two places of the arena's thread table stay for others. */
export const MAX_POOL_THREADS = 62;

/** What a thread needs to know to find its way around a pool's region. Structured-cloneable. */
export interface RegionShape {
  readonly base: number;
  readonly slots: number;
  readonly threads: number;
}

/** How many bytes a region of this shape takes. */
export function regionBytes(slots: number, threads: number): number {
  return (
    4 * (HEADER_WORDS + entryCount(slots) + (KEY_TABLE_BYTES >> 2) + slots * SLOT_WORDS + threads * threadWords(slots))
  );
}

/** The queue has two entries per slot: entries of withdrawn tasks linger until the head passes them. */
function entryCount(slots: number): number {
  return slots * 2;
}

/** A slot is completed at most once per occupancy, and may be asked for once: a ring of two per slot never fills. */
function completionCount(slots: number): number {
  return slots * 2;
}

function threadWords(slots: number): number {
  return CONTROL_WORDS + CLOCK_EXCHANGE_WORDS + TAIL_WORDS + completionCount(slots);
}

/** A region in an arena, as word indices. */
export class Region {
  readonly arena: Arena;
  readonly shape: RegionShape;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
  /** Word index of the region's start. */
  readonly base: number;
  /** Word index of the first queue entry, and the number of entries (a power of two). */
  readonly entries: number;
  readonly entryCount: number;
  /** Word index of the key table. */
  readonly keys: number;
  /** Word index of slot 0. */
  readonly slots: number;
  readonly completionCount: number;

  constructor(arena: Arena, shape: RegionShape) {
    this.arena = arena;
    this.shape = shape;
    this.i32 = arena.i32;
    this.f64 = arena.f64;
    this.u8 = arena.u8;
    this.base = shape.base >> 2;
    this.entries = this.base + HEADER_WORDS;
    this.entryCount = entryCount(shape.slots);
    this.keys = this.entries + this.entryCount;
    this.slots = this.keys + (KEY_TABLE_BYTES >> 2);
    this.completionCount = completionCount(shape.slots);
  }

  /** Makes the region as if its memory had never been used. The threads' parts are reset when a thread starts. */
  clear(): void {
    this.i32.fill(0, this.base, this.slots);
    for (let slot = 0; slot < this.shape.slots; slot++)
      this.i32.fill(0, this.slot(slot), this.slot(slot) + (INLINE_OFFSET >> 2));
  }

  /** Word index of a slot. */
  slot(slot: number): number {
    return this.slots + slot * SLOT_WORDS;
  }

  /** Word index of a thread's control line. */
  control(thread: number): number {
    return this.slots + this.shape.slots * SLOT_WORDS + thread * threadWords(this.shape.slots);
  }

  /** The words over which a thread and the pool agree on the clock. */
  clock(thread: number): Int32Array {
    return this.i32.subarray(
      this.control(thread) + CONTROL_WORDS,
      this.control(thread) + CONTROL_WORDS + CLOCK_EXCHANGE_WORDS,
    );
  }

  /** Word index of a thread's completion tail; the entries follow a line later. */
  completionTail(thread: number): number {
    return this.control(thread) + CONTROL_WORDS + CLOCK_EXCHANGE_WORDS;
  }

  completionEntries(thread: number): number {
    return this.completionTail(thread) + TAIL_WORDS;
  }
}

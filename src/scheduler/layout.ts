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
 *     | slot 0 | slot 1 | ...    |  slots x 16 bytes                       (see below)
 *     +--------------------------+
 *     | body 0 | body 1 | ...    |  slots x BODY_BYTES                     (see below)
 *     +--------------------------+
 *     | thread 0: control line, clock, completion tail line, completion entries | thread 1: ...
 *     +--------------------------+
 *
 * A slot is a task from the moment it is queued until its caller has been answered. Whoever owns it (the pool, then the
 * thread that claimed it, then the pool again) is the only one that writes it, but for STATE and CANCEL. What a small
 * call costs is mostly the cache lines that change cores, so what most tasks need is in the slot itself, of which four
 * share a line, and a result that is a number is in the completion that tells of it.
 *
 *     slot, word 0  STATE      tag (20 bits) | thread (10 bits) | state (2 bits); see task-queue.ts
 *           word 1  TASK       which task, flags, and how its arguments travel (a Carrier)
 *           word 2  SIZE       of bytes in the body or in a block
 *           f64  1  NUMBER     a number, in the place of SIZE
 *
 *     body, word 0  CANCEL        1 once the caller has given up; read by the task
 *           word 1  ARGS_BLOCK    arena block with the arguments, or 0
 *           word 2  RESULT_BLOCK  arena block with the result, or 0
 *           f64  2  DEADLINE      on the shared clock, or 0
 *           f64  3  STAMP         sampled tasks: in, when it was queued; out, how long it waited
 *           f64  4  RUN_TIME      sampled tasks: out, how long it ran
 *           byte 64 INLINE        arguments, then result, when they fit
 *
 * CANCEL, DEADLINE and the blocks of a free slot are 0: most tasks then touch no body at all.
 */
import type { Arena } from '../memory/arena.ts';
import { CLOCK_EXCHANGE_WORDS } from '../pacing/clock.ts';

export const HEAD = 0;
export const IDLE_THREADS = 16;
const HEADER_WORDS = 32;
/** Room for the keys of some 300 shapes of objects; those of others go with each message. */
export const KEY_TABLE_BYTES: number = 16 * 1024;

/** Words of a slot, and of an entry of a completion ring: either can hold a number. */
export const SLOT_WORDS = 4;
/** A multiple of the cache line, and an odd one, so that bodies spread over all sets of the cache. */
const BODY_BYTES = 33 * 64;
const BODY_WORDS = BODY_BYTES >> 2;
const INLINE_OFFSET = 64;
export const INLINE_BYTES: number = BODY_BYTES - INLINE_OFFSET;

export const STATE = 0;
export const TASK = 1;
export const SIZE = 2;
export const CANCEL = 0;
export const ARGS_BLOCK = 1;
export const RESULT_BLOCK = 2;
/** Indices into a slot, an entry or a body seen as float64. */
export const NUMBER = 1;
export const DEADLINE = 2;
export const STAMP = 3;
export const RUN_TIME = 4;

/** Flags in the TASK word, above the index of the task. */
export const TASK_INDEX_MASK = 0xffff;
export const TASK_NAMED: number = 1 << 16;
export const TASK_SPREAD: number = 1 << 17;
export const TASK_SAMPLED: number = 1 << 18;
/** And above those, how the arguments travel. */
const ARGS_SHIFT = 20;

/** How a value travels. */
export const CARRIER_UNDEFINED = 0;
export const CARRIER_NUMBER = 1;
export const CARRIER_INLINE = 2;
export const CARRIER_BLOCK = 3;
export const CARRIER_MESSAGE = 4;

/** A TASK word. */
export function taskWord(task: number, carrier: number): number {
  return task | (carrier << ARGS_SHIFT);
}

/** How the arguments of a task travel. */
export function carrierOf(taskWord: number): number {
  return taskWord >>> ARGS_SHIFT;
}

/** Which task a TASK word stands for, and by which flags. */
export function taskOf(taskWord: number): number {
  return taskWord & (TASK_INDEX_MASK | TASK_NAMED | TASK_SPREAD);
}

/** A thread's control line: what it is to do, its place in the arena's thread table, whether it can be ended. */
export const STOP = 0;
export const DOORBELL = 1;
export const KILLABLE = 2;
/** How many tasks the thread has been sent ahead of time (written by the pool), and has begun (by the thread). */
export const SENT = 3;
export const BEGUN = 4;
/** 1 while the pool has reserved the thread; see idle-threads.ts. */
export const RESERVATION = 5;
const CONTROL_WORDS = 16;
const TAIL_WORDS = 16;

/** Values of a thread's STOP word. */
export const RUN = 0;
export const STOP_WHEN_DONE = 1;
export const STOP_NOW = 2;

/** A slot number takes 12 bits of a queue entry, of a completion's label and of a post's head: the lowest. */
export const MAX_SLOTS = 4096;
export const SLOT_MASK: number = MAX_SLOTS - 1;

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
    4 * (HEADER_WORDS + entryCount(slots) + (KEY_TABLE_BYTES >> 2) + slotWords(slots) + threads * threadWords(slots))
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
  return CONTROL_WORDS + CLOCK_EXCHANGE_WORDS + TAIL_WORDS + completionCount(slots) * SLOT_WORDS;
}

function slotWords(slots: number): number {
  return slots * (SLOT_WORDS + BODY_WORDS);
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
  readonly #bodies: number;

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
    this.#bodies = this.slots + shape.slots * SLOT_WORDS;
  }

  /** Makes the region as if its memory had never been used. The threads' parts are reset when a thread starts. */
  clear(): void {
    this.i32.fill(0, this.base, this.#bodies);
    for (let slot = 0; slot < this.shape.slots; slot++)
      this.i32.fill(0, this.body(slot), this.body(slot) + (INLINE_OFFSET >> 2));
  }

  /** Word index of a slot. */
  slot(slot: number): number {
    return this.slots + slot * SLOT_WORDS;
  }

  /** Word index of a slot's body. */
  body(slot: number): number {
    return this.#bodies + slot * BODY_WORDS;
  }

  /** Byte offset of the room in a slot's body. */
  inline(slot: number): number {
    return (this.body(slot) << 2) + INLINE_OFFSET;
  }

  /** Word index of a thread's control line. */
  control(thread: number): number {
    return this.slots + slotWords(this.shape.slots) + thread * threadWords(this.shape.slots);
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

/** The pool's slots: which are free, and who waits for those that are not. */
import { ARGS_BLOCK, CANCEL, DEADLINE, type Region, RESULT_BLOCK } from './layout.ts';
import type { Settle } from './pending-promise.ts';
import type { RunControl } from './run-control.ts';
import type { TaskQueueWriter } from './task-queue.ts';

export class TaskSlots {
  readonly #region: Region;
  readonly #queue: TaskQueueWriter;
  /** A stack: the slot freed last, whose memory is warm, is used next. */
  readonly #free: Int32Array;
  #freeCount: number;
  /** By slot: 1 if it may hold blocks of the arena. */
  readonly #mayHoldBlocks: Uint8Array;
  #posted = 0;
  /** By slot: what answers the caller (undefined: answered already), and what the task needs beyond its slot. */
  readonly settles: Array<Settle | undefined>;
  readonly controls: Array<RunControl | undefined>;

  constructor(region: Region, queue: TaskQueueWriter) {
    const { slots } = region.shape;
    this.#region = region;
    this.#queue = queue;
    this.#free = Int32Array.from({ length: slots }, (_, index) => slots - 1 - index);
    this.#freeCount = slots;
    this.#mayHoldBlocks = new Uint8Array(slots);
    this.settles = new Array<Settle | undefined>(slots).fill(undefined);
    this.controls = new Array<RunControl | undefined>(slots).fill(undefined);
  }

  get anyFree(): boolean {
    return this.#freeCount !== 0;
  }

  get occupied(): number {
    return this.#free.length - this.#freeCount;
  }

  /** How many of them are with a thread that got the arguments by message. */
  get posted(): number {
    return this.#posted;
  }

  /** The arguments of the task in the slot have gone to a thread by message. */
  notePosted(control: RunControl): void {
    if (!control.isPosted) this.#posted++;
    control.isPosted = true;
  }

  /** The arguments or the result of the task in the slot may be in blocks of the arena, which go when it goes. */
  noteBlocks(slot: number): void {
    this.#mayHoldBlocks[slot] = 1;
  }

  /** Takes a free slot. Only while there is one. */
  take(): number {
    return this.#free[--this.#freeCount] as number;
  }

  /** The task leaves the slot, and is not over. */
  detach(slot: number, control: RunControl): void {
    if (control.isPosted) this.#posted--;
    control.isPosted = false;
    this.controls[slot] = undefined;
    this.#region.f64[(this.#region.body(slot) >> 1) + DEADLINE] = 0;
  }

  /** The task in the slot is over, or never was: everything that it held is given back. */
  free(slot: number): void {
    // If its caller has given up, it may have been told so.
    if (this.settles[slot] === undefined) this.#region.i32[this.#region.body(slot) + CANCEL] = 0;
    else this.settles[slot] = undefined;
    const control = this.controls[slot];
    if (control !== undefined) {
      this.detach(slot, control);
      control.over();
    }
    if (this.#mayHoldBlocks[slot] !== 0) this.#freeBlocks(slot);
    this.#queue.release(slot);
    this.#free[this.#freeCount++] = slot;
  }

  /** The slots that a thread has claimed and not completed. */
  *claimedBy(thread: number): Generator<number, void, undefined> {
    for (let slot = 0; slot < this.settles.length; slot++) if (this.claimant(slot) === thread) yield slot;
  }

  /** Whether the thread has claimed a slot and not completed it. */
  holdsAny(thread: number): boolean {
    return this.claimedBy(thread).next().done !== true;
  }

  /** The thread that has claimed the slot, or NONE. */
  claimant(slot: number): number {
    return this.#queue.claimant(slot);
  }

  #freeBlocks(slot: number): void {
    const { i32, arena } = this.#region;
    const body = this.#region.body(slot);
    this.#mayHoldBlocks[slot] = 0;
    const args = i32[body + ARGS_BLOCK] as number;
    const result = i32[body + RESULT_BLOCK] as number;
    i32[body + ARGS_BLOCK] = 0;
    i32[body + RESULT_BLOCK] = 0;
    if (args !== 0) arena.free(args);
    if (result !== 0) arena.free(result);
  }
}

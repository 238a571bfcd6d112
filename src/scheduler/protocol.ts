/** The messages between a pool and its threads: start-up, what shared memory cannot carry, and the end. */
import { type RegionShape, SLOT_MASK } from './layout.ts';
import type { Form } from './posted.ts';

/** What a thread is started with. */
export interface ThreadSetup {
  readonly arena: SharedArrayBuffer;
  readonly region: RegionShape;
  /** The thread's index in its pool. */
  readonly index: number;
  /** The thread's place in the arena's thread table, and that of the pool's thread. */
  readonly doorbell: number;
  readonly poolDoorbell: number;
  /** The pool's `now()` when it started the thread. */
  readonly startedAt: number;
  /** How `workerData` is carried: as it is, or with stand-ins for primitives. */
  readonly workerDataForm: Form;
  /** Absolute URL of the task module. */
  readonly module: string;
  readonly concurrency: number;
  /** Whether the pool may start more threads when work waits. */
  readonly elastic: boolean;
  /** How long the thread may spin before it parks, in milliseconds. */
  readonly spinMs: number;
  /** How many threads may spin at the same time. */
  readonly spinners: number;
}

/** Why a thread gets a task's arguments: it has claimed the task, was reserved for it, or is sent it ahead of time. */
export const CLAIMED = 0;
export const RESERVED = 1;
export const AHEAD = 2;
const DELIVERY_SHIFT = 12;
const FORM_SHIFT = 14;
/** In the place of the delivery. */
const FAILED = 1 << DELIVERY_SHIFT;

export type Delivery = typeof CLAIMED | typeof RESERVED | typeof AHEAD;

/**
 * From the pool to a thread: the arguments of the task in a slot. From a thread to its pool: the result of the task in
 * a slot, which is thereby done. What says so is packed into one number, which the platform clones fast.
 */
export type Post = readonly [head: number, value: unknown];

/** The thread's question about the time is answered. */
export const CLOCK = 'clock';

export type ToThread = Post | typeof CLOCK;

/** Packs the head of a post to a thread. */
export function headOf(slot: number, form: Form, delivery: Delivery): number {
  return slot | (delivery << DELIVERY_SHIFT) | (form << FORM_SHIFT);
}

/** Packs the head of a post from a thread: a result, or the record of what was thrown. */
export function resultHeadOf(slot: number, form: Form, failed: boolean): number {
  return slot | (failed ? FAILED : 0) | (form << FORM_SHIFT);
}

export function hasFailed(head: number): boolean {
  return (head & FAILED) !== 0;
}

export function slotOf(head: number): number {
  return head & SLOT_MASK;
}

export function deliveryOf(head: number): Delivery {
  return ((head >>> DELIVERY_SHIFT) & 3) as Delivery;
}

export function formOf(head: number): Form {
  return (head >>> FORM_SHIFT) as Form;
}

/** From a thread to its pool. */
export type FromThread =
  | Post
  | { readonly type: 'started' }
  /** The thread has asked for the time, and is to be told when the answer is there. */
  | { readonly type: 'clock' }
  | { readonly type: 'ready'; readonly tasks: readonly string[]; readonly others: Readonly<Record<string, string>> }
  | { readonly type: 'load-failed'; readonly message: string; readonly error: unknown }
  | { readonly type: 'fatal'; readonly error: unknown }
  /** The thread was told to stop before it could be ended; now it can be. */
  | { readonly type: 'killable' }
  /** The thread is about to exit by itself. */
  | { readonly type: 'exiting'; readonly code: number }
  | { readonly type: 'teardown-failed'; readonly error: unknown }
  | { readonly type: 'user'; readonly value: unknown; readonly form: Form; readonly task: string };

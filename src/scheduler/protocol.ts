/** The messages between a pool and its threads: start-up, what shared memory cannot carry, and the end. */
import type { RegionShape } from './layout.ts';
import type { Posted } from './message-lane.ts';

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

/** From the pool to a thread. */
export interface ToThread extends Posted {
  /** The slot whose arguments these are. */
  readonly slot: number;
  /** The pool has given the slot to the thread, rather than the thread claimed it. */
  readonly assigned: boolean;
}

/** From a thread to its pool. */
export type FromThread =
  | { readonly type: 'started' }
  | { readonly type: 'ready'; readonly tasks: readonly string[]; readonly others: Readonly<Record<string, string>> }
  | { readonly type: 'load-failed'; readonly message: string; readonly error: unknown }
  | ({ readonly type: 'result'; readonly slot: number } & Posted)
  | { readonly type: 'fatal'; readonly error: unknown }
  /** The thread is about to exit by itself. */
  | { readonly type: 'exiting'; readonly code: number }
  | { readonly type: 'teardown-failed'; readonly error: unknown }
  | { readonly type: 'user'; readonly value: unknown; readonly task: string };

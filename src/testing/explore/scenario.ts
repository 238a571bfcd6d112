/**
 * What a scenario is: a small concurrent program over one piece of shared memory, to be run under every schedule.
 *
 * A scenario lives in a module of its own, because each thread imports it (after `Atomics` has been patched there).
 * `examples/explore/README.md` tells how to write one.
 */

/** What a thread's body gets. Everything is new for every schedule. */
export interface ThreadContext<Shared = undefined, Local = undefined> {
  /** Index of this thread in `threads`. */
  readonly thread: number;
  /** The tested memory. */
  readonly buffer: SharedArrayBuffer;
  /** What `setup` returned, by structured clone. */
  readonly shared: Shared;
  /** What `attach` returned on this thread. */
  readonly local: Local;
  /**
   * 64 words that all threads and `check` see and that are no part of the search, for the test's own bookkeeping. Plain
   * reads and writes are fine: one thread runs at a time, and only from one scheduling point to the next.
   */
  readonly scratch: Int32Array;
  /** Fires at any moment at which this thread's event loop is free, if the search allows cancels. */
  readonly signal: AbortSignal;
  /** Virtual time in ms. It advances only when a wait times out or a timer fires. `performance.now()` is the same. */
  now(): number;
  /** A scheduling point that touches nothing, to hold a critical section open. */
  step(label?: string): void;
  /** Notes something for `check`, in the order in which it happened. */
  log(entry: LogValue): void;
  /** Resolves with the index of a thread that died, or with undefined once nobody can die any more. */
  nextDeath(): Promise<number | undefined>;
}

/** Byte offsets in the tested memory, by name. */
export type WordNames = Readonly<Record<string, number>>;

/** What can be noted for `check`. */
export type LogValue = string | number | boolean | null | readonly LogValue[];

/** What `check` gets, after every thread has finished or died. */
export interface CheckContext<Shared = undefined> {
  readonly buffer: SharedArrayBuffer;
  readonly shared: Shared;
  readonly scratch: Int32Array;
  readonly log: ReadonlyArray<{ readonly thread: number; readonly entry: LogValue }>;
  /** Per thread: whether the search ended it before it was done. */
  readonly died: readonly boolean[];
}

/** How often what costs may happen in a schedule. */
export interface ScenarioBudget {
  /** Waits and timers that run out although something else could happen. */
  readonly timeouts?: number;
  /** Signals that fire. */
  readonly cancels?: number;
  /** Threads that end at a step. */
  readonly deaths?: number;
  /** Each cancel and each death costs a preemption too, unless it comes when nobody could go on. */
  readonly together?: boolean;
}

/** A scenario: its memory, its threads, and what must hold at the end. */
export interface Scenario<Shared = undefined, Local = undefined> {
  /** Bytes of zeroed memory, or a function that makes the memory (an arena, say). One for every schedule. */
  readonly memory: number | (() => SharedArrayBuffer);
  /** Prepares the memory; not part of the search. */
  readonly setup?: (buffer: SharedArrayBuffer) => Shared;
  /** Prepares one thread for one schedule, before any of them starts; not part of the search. */
  readonly attach?: (context: Omit<ThreadContext<Shared, undefined>, 'local'>) => Local;
  /** The bodies. One that awaits must be async or return its promise. One that throws is a failure. */
  readonly threads: ReadonlyArray<(context: ThreadContext<Shared, Local>) => unknown>;
  /** Throws if the outcome is wrong; not part of the search. */
  readonly check?: (context: CheckContext<Shared>) => void;
  /** Byte offsets by name, for traces. */
  readonly words?: WordNames | ((buffer: SharedArrayBuffer, shared: Shared) => WordNames);
  /** What the search allows unless its options say otherwise: early time-outs (1), cancels (0), deaths (0). */
  readonly budget?: ScenarioBudget;
  /** The threads that may die when the search allows deaths; all unless told. */
  readonly mortal?: readonly number[];
  /** Let a cancel that is allowed come at last when nothing else can happen, rather than call that a deadlock. */
  readonly cancelsWhenStuck?: boolean;
}

/**
 * Types a scenario; it is its argument. Export the result from a module that does nothing else, and give its address to
 * `explore`.
 *
 * @example
 * ```ts
 * export const counter = scenario<undefined, Int32Array>({
 *   memory: 4,
 *   words: { count: 0 },
 *   attach: ({ buffer }) => new Int32Array(buffer),
 *   threads: [increment, increment], // your code: gets { local, ... }
 *   check: ({ buffer }) => strictEqual(new Int32Array(buffer)[0], 2),
 * });
 * ```
 */
export function scenario<Shared = undefined, Local = undefined>(
  definition: Scenario<Shared, Local>,
): Scenario<Shared, Local> {
  return definition;
}

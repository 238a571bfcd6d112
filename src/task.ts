/**
 * For code inside tasks.
 *
 * @example
 * ```ts
 * import { task, move } from 'reveille/task';
 *
 * export function search(haystack: Uint8Array, from: number): number {
 *   for (let i = from; i < haystack.length; i++) {
 *     if (task.cancelled) task.throwIfCancelled();
 *     if (haystack[i] === 0) return i;
 *   }
 *   return -1;
 * }
 *
 * export function render(width: number, height: number) {
 *   return move(new Uint8Array(width * height * 4));
 * }
 * ```
 *
 * @module
 */
import { TaskCancelledError } from './errors.ts';
import type { MovableValue } from './runtime.ts';
import { currentTask, currentThread, Moved, type Moving } from './scheduler/thread/current-task.ts';

export type { Moving };

/** What a task can know of itself. Outside of a task every member but `threadIndex` and `workerData` throws. */
export interface Task {
  /**
   * Fires when the caller gives up. Its state changes only between turns of the event loop: in a loop, read
   * `cancelled`.
   */
  readonly signal: AbortSignal;
  /** Whether the caller has given up: one read of shared memory, right also in a tight loop. */
  readonly cancelled: boolean;
  /** When the caller stops waiting: milliseconds on `now()` of this package, or Infinity. */
  readonly deadline: number;
  /** The name this task was called by. */
  readonly name: string;
  /** The index of this thread in its pool; undefined outside of a pool. */
  readonly threadIndex: number | undefined;
  /**
   * The pool's `workerData`, with primitives in it as themselves; undefined outside of a pool. What
   * `node:worker_threads` shows as such has stand-ins for them.
   */
  readonly workerData: unknown;
  /** Throws the signal's reason if the caller has given up. */
  throwIfCancelled(): void;
  /** Sends a value to the pool, whose listeners for `message` get it. */
  postMessage(value: unknown): void;
}

/** The running task. */
export const task: Task = {
  get signal(): AbortSignal {
    return running().signal;
  },
  get cancelled(): boolean {
    return running().cancelled;
  },
  get deadline(): number {
    return running().deadline;
  },
  get name(): string {
    return running().name;
  },
  get threadIndex(): number | undefined {
    return currentThread()?.index;
  },
  get workerData(): unknown {
    return currentThread()?.workerData;
  },
  throwIfCancelled(): void {
    const { cancelled, name } = running();
    if (cancelled) throw new TaskCancelledError(`Task '${name}' was cancelled by its caller`);
  },
  postMessage(value: unknown): void {
    const thread = currentThread();
    if (thread === undefined)
      throw new TypeError('Cannot post a message: this code does not run in a thread of a pool');
    thread.postMessage(value, currentTask()?.name ?? '');
  },
};

/**
 * Returns a value from a task by moving it instead of copying it.
 *
 * @param value - what the caller gets
 * @param transfer - what moves; by default the value itself, or the buffer that it is a view on
 * @throws {TypeError} if nothing to move was named and the value cannot be moved by itself.
 */
export function move<T>(value: T, transfer: readonly MovableValue[] = movableIn(value)): Moving<T> {
  return new Moved(value, transfer) as unknown as Moving<T>;
}

function movableIn(value: unknown): readonly MovableValue[] {
  if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) return [value.buffer];
  if (value instanceof ArrayBuffer || value instanceof MessagePort) return [value];
  throw new TypeError(
    'Cannot move the value by itself: name what moves in the second argument, as in move(value, [buffer])',
  );
}

function running(): NonNullable<ReturnType<typeof currentTask>> {
  const current = currentTask();
  if (current === undefined) throw new TypeError('No task is running here: read `task` inside a task that a pool runs');
  return current;
}

/**
 * Which task this thread runs right now, and what is known of it. `reveille/task` shows it to the task's own code.
 *
 * With one task at a time it is a plain variable; with several in flight, it follows each task's asynchronous control
 * flow.
 */
import type { AsyncContext, MovableValue } from '../../runtime.ts';

/** One run of one task. */
export interface RunningTask {
  readonly name: string;
  /** Milliseconds on the clock that all threads share, or Infinity. */
  readonly deadline: number;
  /** Whether the caller has given up: a read of shared memory. */
  readonly cancelled: boolean;
  readonly signal: AbortSignal;
  /** Fires the signal if the caller has given up. */
  noticeCancellation(): void;
  /** The task has ended: its slot may serve another. */
  over(): void;
}

/** What the thread offers its tasks. */
export interface TaskThread {
  readonly index: number;
  readonly workerData: unknown;
  postMessage(value: unknown, task: string): void;
}

const NO_SLOT = -1;

let current: RunningTask | undefined;
let currentSlot = NO_SLOT;
let describeTask: ((slot: number) => RunningTask) | undefined;
let context: AsyncContext<RunningTask> | undefined;
let thread: TaskThread | undefined;

/** The task that the calling code belongs to; undefined outside of tasks. */
export function currentTask(): RunningTask | undefined {
  if (context !== undefined) return context.get();
  // Most tasks never ask, so the object is made when one does.
  if (current === undefined && currentSlot !== NO_SLOT) current = describeTask?.(currentSlot);
  return current;
}

/** The pool thread that the calling code runs in; undefined elsewhere. */
export function currentThread(): TaskThread | undefined {
  return thread;
}

export function setCurrentThread(value: TaskThread): void {
  thread = value;
}

/** How the task in a slot is described, with one task at a time. */
export function describeTasksBy(describe: (slot: number) => RunningTask): void {
  describeTask = describe;
}

/** From now on several tasks may be in flight: the current one follows asynchronous control flow. */
export function trackTasksBy(value: AsyncContext<RunningTask>): void {
  context = value;
}

/** The task in `slot` starts. */
export function enterTask(slot: number): void {
  currentSlot = slot;
  current = undefined;
}

/** No task runs any more. Returns what was made of the last one, if anything was. */
export function leaveTask(): RunningTask | undefined {
  const left = current;
  currentSlot = NO_SLOT;
  current = undefined;
  return left;
}

/** A task's result together with what is to be moved instead of copied. */
export class Moved {
  readonly value: unknown;
  readonly transfer: readonly MovableValue[];

  constructor(value: unknown, transfer: readonly MovableValue[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

declare const movedValue: unique symbol;

/** A value on its way by `move`; the caller of the task gets a `T`. */
export interface Moving<T> {
  readonly [movedValue]: T;
}

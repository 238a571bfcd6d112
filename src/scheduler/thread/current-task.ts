/**
 * Which task this thread runs right now, and what is known of it. `reveille/task` shows it to the task's own code.
 *
 * With one task at a time it is a plain variable; with several in flight, it follows each task's asynchronous control flow.
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
}

/** What the thread offers its tasks. */
export interface TaskThread {
  readonly index: number;
  postMessage(value: unknown, task: string): void;
}

let current: RunningTask | undefined;
let context: AsyncContext<RunningTask> | undefined;
let thread: TaskThread | undefined;

/** The task that the calling code belongs to; undefined outside of tasks. */
export function currentTask(): RunningTask | undefined {
  return context === undefined ? current : context.get();
}

/** The pool thread that the calling code runs in; undefined elsewhere. */
export function currentThread(): TaskThread | undefined {
  return thread;
}

export function setCurrentThread(value: TaskThread): void {
  thread = value;
}

/** From now on several tasks may be in flight: the current one follows asynchronous control flow. */
export function trackTasksBy(value: AsyncContext<RunningTask>): void {
  context = value;
}

/** Marks the one running task. */
export function setCurrentTask(task: RunningTask | undefined): void {
  current = task;
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

/** What a pool tells its listeners. */
import type { ThreadEnd } from './pool-thread.ts';

export interface PoolEventMap {
  /** Nothing is queued or running any more. */
  drain: Event;
  threadstart: ThreadStartEvent;
  threadexit: ThreadExitEvent;
  /** Something failed that no caller is told of: a teardown, the module of a replaced thread. */
  error: PoolErrorEvent;
  /** A task has called `task.postMessage`. */
  message: PoolMessageEvent;
}

/** A thread has loaded the module and takes work. */
export class ThreadStartEvent extends Event {
  readonly threadIndex: number;
  /** Milliseconds from its start to now. */
  readonly ms: number;
  /** With `stdio: 'pipe'`: the thread's output, as readable streams. */
  readonly stdout: unknown;
  readonly stderr: unknown;

  constructor(threadIndex: number, ms: number, stdout: unknown, stderr: unknown) {
    super('threadstart');
    this.threadIndex = threadIndex;
    this.ms = ms;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** A thread is gone. */
export class ThreadExitEvent extends Event {
  readonly threadIndex: number;
  readonly end: ThreadEnd;
  readonly exitCode: number | undefined;
  /** What it died of, if it did and that is known. */
  readonly cause: unknown;

  constructor(threadIndex: number, end: ThreadEnd, exitCode: number | undefined, cause: unknown) {
    super('threadexit');
    this.threadIndex = threadIndex;
    this.end = end;
    this.exitCode = exitCode;
    this.cause = cause;
  }
}

export class PoolErrorEvent extends Event {
  readonly error: unknown;

  constructor(error: unknown) {
    super('error');
    this.error = error;
  }
}

export class PoolMessageEvent extends Event {
  readonly data: unknown;
  readonly threadIndex: number;
  /** The name of the task that sent it. */
  readonly task: string;

  constructor(data: unknown, threadIndex: number, task: string) {
    super('message');
    this.data = data;
    this.threadIndex = threadIndex;
    this.task = task;
  }
}

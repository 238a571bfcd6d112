/** What can become of a task, and of the pool that is to run it. */
import { defineKind, ReveilleError } from './reveille-error.ts';

/** A task or wait was cancelled by its signal, by `destroy()` or by `task.cancel`. Its `name` is `AbortError`. */
export class TaskCancelledError extends ReveilleError {
  static {
    defineKind(this, 'ERR_TASK_CANCELLED', 'AbortError');
  }

  constructor(message = 'The task was cancelled', options?: ErrorOptions) {
    super(message, options);
  }
}

/** The pool's bounded queue is full and its overflow policy is `reject`. */
export class QueueFullError extends ReveilleError {
  static {
    defineKind(this, 'ERR_QUEUE_FULL', 'QueueFullError');
  }
}

/** What is known of a thread that ended while it held a task. */
export interface ThreadCrash {
  /** The name of the task that the thread had claimed. */
  readonly task: string;
  /** The index of the thread in its pool. */
  readonly threadIndex: number;
  /** The thread's exit code, where the runtime tells it. */
  readonly exitCode: number | undefined;
}

/** The thread that ran the task ended before the task did. */
export class ThreadCrashedError extends ReveilleError {
  static {
    defineKind(this, 'ERR_THREAD_CRASHED', 'ThreadCrashedError');
  }

  readonly task: string;
  readonly threadIndex: number;
  readonly exitCode: number | undefined;

  constructor(crash: ThreadCrash, why: string, options?: ErrorOptions) {
    super(
      `Thread ${crash.threadIndex} ended while it ran task '${crash.task}': ${why}` +
        (crash.exitCode === undefined ? '' : ` (exit code ${crash.exitCode})`),
      options,
    );
    this.task = crash.task;
    this.threadIndex = crash.threadIndex;
    this.exitCode = crash.exitCode;
  }
}

/** The pool takes no more work: it was closed, destroyed, or its module could not be loaded. */
export class PoolClosedError extends ReveilleError {
  static {
    defineKind(this, 'ERR_POOL_CLOSED', 'PoolClosedError');
  }
}

/** The module has no task of that name; the message lists the nearest ones. */
export class TaskNotFoundError extends ReveilleError {
  static {
    defineKind(this, 'ERR_TASK_NOT_FOUND', 'TaskNotFoundError');
  }
}

/**
 * The task module could not be found, threw while it loaded, or exports no function. `cause` is the module's own error.
 */
export class ModuleLoadError extends ReveilleError {
  static {
    defineKind(this, 'ERR_MODULE_LOAD', 'ModuleLoadError');
  }
}

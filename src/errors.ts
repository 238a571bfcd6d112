/**
 * Every error that Reveille throws for a condition callers may want to handle.
 *
 * Misuse (a wrong option, a wrong argument) is a plain `TypeError` or `RangeError`. The classes here stand for facts
 * about the running program. Each carries a stable `code`, and `instanceof` holds across copies of the package and
 * across threads, because it goes by the code rather than by the identity of the class.
 */

/** The stable codes, one per kind of error. */
export type ReveilleErrorCode =
  | 'ERR_REVEILLE'
  | 'ERR_TASK_CANCELLED'
  | 'ERR_DEADLINE_EXCEEDED'
  | 'ERR_QUEUE_FULL'
  | 'ERR_THREAD_CRASHED'
  | 'ERR_POOL_CLOSED'
  | 'ERR_TASK_NOT_FOUND'
  | 'ERR_MODULE_LOAD'
  | 'ERR_ARENA_FULL'
  | 'ERR_TOO_MANY_THREADS'
  | 'ERR_WOULD_BLOCK'
  | 'ERR_DEADLOCK'
  | 'ERR_BARRIER_BROKEN'
  | 'ERR_CHANNEL_CLOSED'
  | 'ERR_RETRIES_EXHAUSTED'
  | 'ERR_RETRY_AFTER'
  | 'ERR_NOT_READY'
  | 'ERR_LIFECYCLE'
  | 'ERR_PORT_IN_USE'
  | 'ERR_PROCESS_EXITED'
  | 'ERR_PEER_GONE'
  | 'ERR_PROTOCOL'
  | 'ERR_RPC_REFUSED';

/** The base of Reveille's errors: an `Error` with a stable `code`. */
export class ReveilleError extends Error {
  /** Stable identifier of this kind of error; safe to switch on. */
  readonly code: ReveilleErrorCode;

  constructor(message: string, code: ReveilleErrorCode = 'ERR_REVEILLE', options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    defineName(this, 'ReveilleError');
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this === ReveilleError) return isErrorWithCode(value);
    const code = CODE_OF_CLASS.get(this);
    if (code === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isErrorWithCode(value) && (value.code === code || BROADER_CODE.get(value.code) === code);
  }
}

/** A task or wait was cancelled by its signal, by `destroy()` or by `task.cancel`. Its `name` is `AbortError`. */
export class TaskCancelledError extends ReveilleError {
  constructor(message = 'The task was cancelled', options?: ErrorOptions) {
    super(message, 'ERR_TASK_CANCELLED', options);
    defineName(this, 'AbortError');
  }
}

/** A task or wait did not end within its `timeout`. Its `name` is `TimeoutError`. */
export class DeadlineExceededError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions, code: ReveilleErrorCode = 'ERR_DEADLINE_EXCEEDED') {
    super(message, code, options);
    defineName(this, 'TimeoutError');
  }
}

/** The pool's bounded queue is full and its overflow policy is `reject`. */
export class QueueFullError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_QUEUE_FULL', options);
    defineName(this, 'QueueFullError');
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
  readonly task: string;
  readonly threadIndex: number;
  readonly exitCode: number | undefined;

  constructor(crash: ThreadCrash, why: string, options?: ErrorOptions) {
    super(
      `Thread ${crash.threadIndex} ended while it ran task '${crash.task}': ${why}` +
        (crash.exitCode === undefined ? '' : ` (exit code ${crash.exitCode})`),
      'ERR_THREAD_CRASHED',
      options,
    );
    defineName(this, 'ThreadCrashedError');
    this.task = crash.task;
    this.threadIndex = crash.threadIndex;
    this.exitCode = crash.exitCode;
  }
}

/** The pool takes no more work: it was closed, destroyed, or its module could not be loaded. */
export class PoolClosedError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_POOL_CLOSED', options);
    defineName(this, 'PoolClosedError');
  }
}

/** The module has no task of that name; the message lists the nearest ones. */
export class TaskNotFoundError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_TASK_NOT_FOUND', options);
    defineName(this, 'TaskNotFoundError');
  }
}

/**
 * The task module could not be found, threw while it loaded, or exports no function. `cause` is the module's own error.
 */
export class ModuleLoadError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_MODULE_LOAD', options);
    defineName(this, 'ModuleLoadError');
  }
}

/** The arena has no room for what was asked. */
export class ArenaFullError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_ARENA_FULL', options);
    defineName(this, 'ArenaFullError');
  }
}

/** More threads want to attach to one arena than it has places for. */
export class TooManyThreadsError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_TOO_MANY_THREADS', options);
    defineName(this, 'TooManyThreadsError');
  }
}

/** A blocking wait was asked for on a thread that runs an event loop; the message names the async twin. */
export class WouldBlockError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_WOULD_BLOCK', options);
    defineName(this, 'WouldBlockError');
  }
}

/** A blocking wait could never end: what it waits for is held by the very thread that it would block. */
export class DeadlockError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_DEADLOCK', options);
    defineName(this, 'DeadlockError');
  }
}

/** A thread that had come to the barrier ended before the others came: they can never all meet. */
export class BrokenBarrierError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_BARRIER_BROKEN', options);
    defineName(this, 'BrokenBarrierError');
  }
}

/** The channel or topic was closed: nothing can be sent any more, or everything that was sent has been received. */
export class ChannelClosedError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_CHANNEL_CLOSED', options);
    defineName(this, 'ChannelClosedError');
  }
}

/** Every attempt failed. `errors` has what each of them failed with, in order; `cause` is the last. */
export class RetriesExhaustedError extends ReveilleError {
  readonly errors: readonly unknown[];

  constructor(message: string, errors: readonly unknown[]) {
    super(message, 'ERR_RETRIES_EXHAUSTED', { cause: errors.at(-1) });
    defineName(this, 'RetriesExhaustedError');
    this.errors = errors;
  }
}

/** Thrown by an attempt that was told when to come back, as by HTTP's `Retry-After`: the next one waits that long. */
export class RetryAfterError extends ReveilleError {
  /** Milliseconds to wait before the next attempt. */
  readonly retryAfter: number;

  constructor(retryAfter: number, message = `Asked to retry after ${retryAfter} ms`, options?: ErrorOptions) {
    if (typeof retryAfter !== 'number') {
      throw new TypeError(`Expected 'retryAfter' to be a number of milliseconds, got ${typeof retryAfter}`);
    }
    if (!(retryAfter >= 0)) throw new RangeError(`Expected 'retryAfter' to be 0 or more, got ${retryAfter}`);
    super(message, 'ERR_RETRY_AFTER', options);
    defineName(this, 'RetryAfterError');
    this.retryAfter = retryAfter;
  }
}

/** Something was started and did not become ready in time, or ended first. The message says what was seen last. */
export class NotReadyError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_NOT_READY', options);
    defineName(this, 'NotReadyError');
  }
}

/** What is known of a process that has ended. */
export interface ProcessEnd {
  /** The program that was started. */
  readonly command: string;
  /** Its exit code; null if a signal ended it or it could not be started. */
  readonly code: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
  /** The last lines that it wrote. */
  readonly output: string;
}

/** A process ended before it was ready, or though nobody had asked it to. */
export class ProcessExitedError extends ReveilleError {
  readonly command: string;
  /** Its exit code; null if a signal ended it or it could not be started, which `cause` tells. */
  readonly exitCode: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
  /** The last lines that it wrote. */
  readonly output: string;

  constructor(message: string, end: ProcessEnd, options?: ErrorOptions) {
    super(message, 'ERR_PROCESS_EXITED', options);
    defineName(this, 'ProcessExitedError');
    this.command = end.command;
    this.exitCode = end.code;
    this.signal = end.signal;
    this.output = end.output;
  }
}

/** A resource failed to start or to stop, or was used in a state in which it cannot be. */
export class LifecycleError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_LIFECYCLE', options);
    defineName(this, 'LifecycleError');
  }
}

/** Who has a port. */
export interface PortOwner {
  /** The number of the process. */
  readonly pid: number;
  /** Its command line; empty where the system does not tell. */
  readonly command: string;
}

/** A port was not free in time. A `DeadlineExceededError`, whose `name` it has, that says who has the port. */
export class PortInUseError extends DeadlineExceededError {
  readonly port: number;
  /** Undefined where the system does not tell. */
  readonly owner: PortOwner | undefined;

  constructor(message: string, port: number, owner: PortOwner | undefined, options?: ErrorOptions) {
    super(message, options, 'ERR_PORT_IN_USE');
    this.port = port;
    this.owner = owner;
  }
}

/**
 * The other side of a connection is gone: it died, ended, closed the connection or was released. A call that was in
 * flight may have run there or not. `cause` is what the transport knows, where it knows anything.
 */
export class PeerGoneError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_PEER_GONE', options);
    defineName(this, 'PeerGoneError');
  }
}

/**
 * The two sides of a connection do not understand or do not trust each other: another protocol or version, a secret
 * that is not shared, bytes that mean nothing, more than was allowed. Trying again does not help.
 */
export class ProtocolError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_PROTOCOL', options);
    defineName(this, 'ProtocolError');
  }
}

/** A call reached for something that the exposed object does not offer to the outside. */
export class RpcRefusedError extends ReveilleError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_RPC_REFUSED', options);
    defineName(this, 'RpcRefusedError');
  }
}

const CODE_OF_CLASS = new Map<unknown, ReveilleErrorCode>([
  [TaskCancelledError, 'ERR_TASK_CANCELLED'],
  [DeadlineExceededError, 'ERR_DEADLINE_EXCEEDED'],
  [QueueFullError, 'ERR_QUEUE_FULL'],
  [ThreadCrashedError, 'ERR_THREAD_CRASHED'],
  [PoolClosedError, 'ERR_POOL_CLOSED'],
  [TaskNotFoundError, 'ERR_TASK_NOT_FOUND'],
  [ModuleLoadError, 'ERR_MODULE_LOAD'],
  [ArenaFullError, 'ERR_ARENA_FULL'],
  [TooManyThreadsError, 'ERR_TOO_MANY_THREADS'],
  [WouldBlockError, 'ERR_WOULD_BLOCK'],
  [DeadlockError, 'ERR_DEADLOCK'],
  [BrokenBarrierError, 'ERR_BARRIER_BROKEN'],
  [ChannelClosedError, 'ERR_CHANNEL_CLOSED'],
  [RetriesExhaustedError, 'ERR_RETRIES_EXHAUSTED'],
  [RetryAfterError, 'ERR_RETRY_AFTER'],
  [NotReadyError, 'ERR_NOT_READY'],
  [ProcessExitedError, 'ERR_PROCESS_EXITED'],
  [LifecycleError, 'ERR_LIFECYCLE'],
  [PortInUseError, 'ERR_PORT_IN_USE'],
  [PeerGoneError, 'ERR_PEER_GONE'],
  [ProtocolError, 'ERR_PROTOCOL'],
  [RpcRefusedError, 'ERR_RPC_REFUSED'],
]);

/** A class's code to that of the class it extends, where that is not the base: its instances are those of both. */
const BROADER_CODE = new Map<string, ReveilleErrorCode>([['ERR_PORT_IN_USE', 'ERR_DEADLINE_EXCEEDED']]);

function isErrorWithCode(value: unknown): value is Error & { code: string } {
  if (!(value instanceof Error)) return false;
  const { code } = value as Error & { code?: unknown };
  return code === 'ERR_REVEILLE' || [...CODE_OF_CLASS.values()].includes(code as ReveilleErrorCode);
}

/** `name` is an own, non-enumerable property, as on the platform's own DOMException: stacks and loggers print it. */
function defineName(error: Error, name: string): void {
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true, enumerable: false });
}

/**
 * Every error that Reveille throws for a condition callers may want to handle.
 *
 * Misuse (a wrong option, a wrong argument) is a plain `TypeError` or `RangeError`. The classes here stand for facts
 * about the running program. Each carries a stable `code`, and `instanceof` holds across copies of the package and
 * across threads, because it goes by the code rather than by the identity of the class.
 */
export { ArenaFullError, TooManyThreadsError } from './errors/arena-errors.ts';
export { NotReadyError, LifecycleError } from './errors/lifecycle-errors.ts';
export { type ProcessEnd, ProcessExitedError, type PortOwner, PortInUseError } from './errors/process-errors.ts';
export { RetriesExhaustedError, RetryAfterError } from './errors/retry-errors.ts';
export { PeerGoneError, ProtocolError, RpcRefusedError, ServiceClosedError } from './errors/rpc-errors.ts';
export { ReveilleError, type ReveilleErrorCode } from './errors/reveille-error.ts';
export {
  TaskCancelledError,
  QueueFullError,
  type ThreadCrash,
  ThreadCrashedError,
  PoolClosedError,
  TaskNotFoundError,
  ModuleLoadError,
} from './errors/task-errors.ts';
export {
  DeadlineExceededError,
  WouldBlockError,
  DeadlockError,
  BrokenBarrierError,
  ChannelClosedError,
} from './errors/wait-errors.ts';

/**
 * Reveille: worker threads for Node, Deno and Bun that never guess timing.
 *
 * @module
 */
export {
  ArenaFullError,
  BrokenBarrierError,
  ChannelClosedError,
  DeadlineExceededError,
  DeadlockError,
  LifecycleError,
  ModuleLoadError,
  NotReadyError,
  PoolClosedError,
  QueueFullError,
  RetriesExhaustedError,
  RetryAfterError,
  ReveilleError,
  type ReveilleErrorCode,
  TaskCancelledError,
  TaskNotFoundError,
  type ThreadCrash,
  ThreadCrashedError,
  TooManyThreadsError,
  WouldBlockError,
} from './errors.ts';
export type { MovableValue, ResourceLimits } from './runtime.ts';
export type { Handle, SharedObject } from './memory/shared-object.ts';
export type { Activity } from './signal/activities.ts';
export { AutoResetEvent } from './signal/auto-reset-event.ts';
export { Barrier, type BarrierWaitResult } from './signal/barrier.ts';
export { Condition } from './signal/condition.ts';
export {
  formatWaits,
  type InspectedDeadlock,
  type InspectedPrimitive,
  type InspectedThread,
  type InspectedWait,
  inspectWaits,
  type WaitsReport,
} from './signal/inspect-waits.ts';
export { Latch } from './signal/latch.ts';
export { ManualResetEvent } from './signal/manual-reset-event.ts';
export type { MutexGuard } from './signal/mutex-guard.ts';
export { Mutex } from './signal/mutex.ts';
export { Once } from './signal/once.ts';
export type { Permit } from './signal/permit.ts';
export type { ReadWriteGuard } from './signal/read-write-guard.ts';
export { ReadWriteLock } from './signal/read-write-lock.ts';
export { Semaphore } from './signal/semaphore.ts';
export { allowTermination, superviseThread, type SupervisedWorker } from './signal/supervise-thread.ts';
export { waitAll } from './signal/wait-all.ts';
export { type Waitable, waitAny, waitAnySync } from './signal/wait-any.ts';
export { WaitGroup } from './signal/wait-group.ts';
export type { SyncWaitOptions, WaitOptions } from './signal/wait-options.ts';
export { Channel } from './channel/channel.ts';
export type { ChannelOptions } from './channel/channel-options.ts';
export type { Subscription } from './channel/subscription.ts';
export { Topic } from './channel/topic.ts';
export type { ListenOptions, Overflow, SubscribeOptions, TopicOptions } from './channel/topic-options.ts';
export type { BackoffOptions, Jitter } from './pacing/backoff/backoff.ts';
export { type Clock, now } from './pacing/clock.ts';
export type { PollerOptions, PollerRun, PollerWork } from './pacing/poller-options.ts';
export type { PollerState, PollerStats } from './pacing/poller-stats.ts';
export { Poller, type PollerStopOptions } from './pacing/poller.ts';
export type { AcquireOptions, RateLimiterOptions, RateLimiterStats } from './pacing/rate-limiter-options.ts';
export { RateLimiter } from './pacing/rate-limiter.ts';
export { RetryBudget, type RetryBudgetOptions } from './pacing/retry-budget.ts';
export type { FailedAttempt, RetryAttempt, RetryOptions } from './pacing/retry-options.ts';
export { retry } from './pacing/retry.ts';
export { sleep, type SleepOptions, sleepSync, type SleepSyncOptions } from './pacing/sleep.ts';
export { type Interruptible, timeout, type TimeoutOptions } from './pacing/timeout.ts';
export type { CancelTokenOptions } from './lifecycle/cancel-options.ts';
export { CancelToken } from './lifecycle/cancel-token.ts';
export { Lifecycle, type LifecycleOptions } from './lifecycle/lifecycle.ts';
export type { HealthReport, ResourceHealth, ResourceStop, StopReport } from './lifecycle/lifecycle-report.ts';
export {
  onProcessSignals,
  type ProcessSignal,
  type ProcessSignalsOptions,
  type Stoppable,
} from './lifecycle/process-signals.ts';
export type { Resource, ResourceState } from './lifecycle/resource.ts';
export { shield, type ShieldOptions } from './lifecycle/shield.ts';
export { type ReadinessOptions, startWithReadiness } from './lifecycle/start-with-readiness.ts';
export { type LifecycleEventMap, StateChangeEvent } from './lifecycle/state-change-event.ts';
export { TaskGroup, type TaskGroupOptions } from './lifecycle/task-group.ts';
export type { HungTask, TaskGroupReport } from './lifecycle/task-group-report.ts';
export { type RunningReport, whatKeepsRunning } from './lifecycle/what-keeps-running.ts';
export type { DurationSummary } from './scheduler/duration-histogram.ts';
export type { MapOptions } from './scheduler/task-map.ts';
export { createPool, type Pool } from './scheduler/pool.ts';
export {
  type PoolErrorEvent,
  type PoolEventMap,
  type PoolMessageEvent,
  type ThreadExitEvent,
  type ThreadStartEvent,
} from './scheduler/pool-events.ts';
export type { PoolOptions } from './scheduler/pool-options.ts';
export type { PoolStats } from './scheduler/pool-stats.ts';
export type { ThreadEnd } from './scheduler/pool-thread.ts';
export type { RunOptions } from './scheduler/run-options.ts';
export type { ShutdownReport } from './scheduler/shutdown-report.ts';
export type { TaskArguments, TaskName, TaskResult, Tasks } from './scheduler/task-types.ts';

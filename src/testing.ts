/**
 * For tests of concurrent code.
 *
 * @example
 * ```ts
 * import { explore, waitForCondition } from 'reveille/testing';
 *
 * await waitForCondition(() => sockets.size === 0, { on: [[server, 'close']], timeout: 2_000 });
 * const { failure } = await explore(new URL('./ticket-lock.js#ticketLock', import.meta.url));
 * ```
 *
 * @module
 */
export {
  closeExplorer,
  expectHolds,
  explore,
  type Exploration,
  type ExploreOptions,
  type Failure,
} from './testing/explore/explore.ts';
export {
  scenario,
  type CheckContext,
  type LogValue,
  type Scenario,
  type ScenarioBudget,
  type ThreadContext,
  type WordNames,
} from './testing/explore/scenario.ts';
export { barrierPoint, type BarrierPoint, point, pointSync } from './testing/barrier-point.ts';
export type { ConditionOptions, ConditionResult, FallbackReport } from './testing/condition-options.ts';
export type { EmitterLike, EventSource, EventTargetLike } from './testing/event-source.ts';
export { eventually } from './testing/eventually.ts';
export { expectNoLeaks, type LeakOptions, type LeakTracker, trackLeaks } from './testing/expect-no-leaks.ts';
export type { Seen } from './testing/history.ts';
export type { Leak } from './testing/leaks.ts';
export { never, type NeverOptions } from './testing/never.ts';
export type { ChildProcessLike, Exit, ExitingLike, Running, WorkerLike } from './testing/running-thing.ts';
export { VirtualClock, type VirtualClockOptions } from './testing/virtual-clock.ts';
export { type AttributeOptions, waitForAttribute } from './testing/wait-for-attribute.ts';
export { type Condition, observeCondition, type Truthy, waitForCondition } from './testing/wait-for-condition.ts';
export { waitForAlive, waitForExit } from './testing/wait-for-exit.ts';
export { type Content, type FileOptions, waitForFile } from './testing/wait-for-file.ts';

/**
 * For tests of concurrent code.
 *
 * @example
 * ```ts
 * import { explore, waitForCondition } from 'reveille/testing';
 *
 * await waitForCondition(() => server.connections === 0, { on: [[server, 'close']], timeout: 2_000 });
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

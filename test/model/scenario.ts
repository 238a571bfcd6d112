/** What this project's own scenarios are made with. */
export {
  scenario,
  type CheckContext,
  type LogValue,
  type Scenario,
  type ThreadContext,
  type WordNames,
} from '../../src/testing/explore/scenario.ts';

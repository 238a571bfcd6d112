/** Refuses what `explore` cannot take, at once. */
import { checkWaitOptions, describe } from '../../signal/wait-options.ts';
import type { ExploreOptions } from './explore.ts';

/** The options that are numbers, with the least that each takes. */
const LEAST: Readonly<Record<string, number>> = {
  preemptions: 0,
  timeouts: 0,
  cancels: 0,
  deaths: 0,
  maxSteps: 1,
  maxSchedules: 1,
};

export function checkExploreOptions(options: ExploreOptions): void {
  checkWaitOptions(options);
  for (const [name, least] of Object.entries(LEAST)) {
    const value: unknown = options[name as keyof ExploreOptions];
    if (value === undefined) continue;
    if (typeof value !== 'number') {
      throw new TypeError(`Expected option '${name}' to be a number, got ${describe(value)}`);
    }
    if (value !== Infinity && (!Number.isInteger(value) || value < least)) {
      throw new RangeError(`Expected option '${name}' to be a whole number from ${least}, got ${value}`);
    }
  }
  for (const name of ['reduce', 'together'] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === 'boolean') continue;
    throw new TypeError(`Expected option '${name}' to be a boolean, got ${describe(value)}`);
  }
  const { replay } = options;
  if (replay !== undefined && (typeof replay !== 'string' || !/^\d+[tcdr]?( \d+[tcdr]?)*( \| .*)?$/.test(replay))) {
    throw new TypeError(`Expected option 'replay' to be the 'schedule' of a failure, got ${describe(replay)}`);
  }
}

/** The address of the scenario, as a copy that may be changed. */
export function checkScenarioUrl(scenario: unknown): URL {
  if (scenario instanceof URL) return new URL(scenario);
  if (typeof scenario === 'string' && URL.canParse(scenario)) return new URL(scenario);
  throw new TypeError(
    `Expected the scenario to be a URL, got ${describe(scenario)}: ` +
      "pass new URL('./my-scenario.js#exportName', import.meta.url)",
  );
}

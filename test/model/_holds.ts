/** Explores scenarios that must hold, each with its number of preemptions. */
import { expect, test } from 'vitest';
import { PREEMPTIONS } from '../support/scale.ts';
import { explore } from './explore.ts';

/** What is promised, the scenario, and how many preemptions in CI (2 unless told); `npm test` has time for one. */
export type Promised = readonly [promise: string, scenario: string, preemptions?: number];

/** Some take several seconds on a machine that has nothing else to do. */
const PATIENCE = { timeout: 180_000 };

export function theyHold(module: string, promises: readonly Promised[]): void {
  for (const [promise, scenario, most = 2] of promises) {
    test(promise, PATIENCE, async () => {
      const url = new URL(`./scenarios/${module}.ts#${scenario}`, import.meta.url);
      const { failure, exhausted } = await explore(url, { preemptions: Math.min(most, PREEMPTIONS) });
      expect(failure?.trace).toBeUndefined();
      expect(exhausted).toBe(true);
    });
  }
}

/** Explores scenarios that must hold, each with its number of preemptions. */
import { expect, test } from 'vitest';
import { PREEMPTIONS } from '../support/scale.ts';
import { explore } from './explore.ts';

/** What is promised, the scenario, and how many preemptions in CI (2 unless told) and in `npm test` (1 unless told). */
export type Promised = readonly [promise: string, scenario: string, inCi?: number, inTests?: number];

/** Some take half a minute on a machine that has nothing else to do. */
const PATIENCE = { timeout: 600_000 };

export function theyHold(module: string, promises: readonly Promised[]): void {
  for (const [promise, scenario, inCi = 2, inTests = 1] of promises) {
    test(promise, PATIENCE, async () => {
      const url = new URL(`./scenarios/${module}.ts#${scenario}`, import.meta.url);
      const preemptions = PREEMPTIONS === 1 ? Math.min(inCi, inTests) : inCi;
      const { failure, exhausted } = await explore(url, { preemptions });
      expect(failure?.trace).toBeUndefined();
      expect(exhausted).toBe(true);
    });
  }
}

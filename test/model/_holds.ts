/** Explores scenarios that must hold, each with its number of preemptions. */
import { expect, test } from 'vitest';
import { explore } from './explore.ts';

/** What is promised, the scenario, and how many preemptions (2 unless told). */
export type Promised = readonly [promise: string, scenario: string, preemptions?: number];

/** Some take several seconds on a machine that has nothing else to do. */
const PATIENCE = { timeout: 180_000 };

export function theyHold(module: string, promises: readonly Promised[]): void {
  for (const [promise, scenario, preemptions = 2] of promises) {
    test(promise, PATIENCE, async () => {
      const url = new URL(`./scenarios/${module}.ts#${scenario}`, import.meta.url);
      const { failure, exhausted } = await explore(url, { preemptions });
      expect(failure?.trace).toBeUndefined();
      expect(exhausted).toBe(true);
    });
  }
}

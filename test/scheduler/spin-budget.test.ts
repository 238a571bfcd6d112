import { describe, expect, test } from 'vitest';
import { SpinBudget } from '../../src/scheduler/spin-budget.ts';

/** How many waits pass without spinning before the next that spins. */
function skipped(budget: SpinBudget): number {
  for (let count = 0; ; count++) if (budget.take() > 0) return count;
}

describe('SpinBudget', () => {
  test('spins as long as spinning pays', () => {
    const budget = new SpinBudget(0.05);
    for (let i = 0; i < 100; i++) {
      expect(budget.take()).toBe(0.05);
      budget.hit();
    }
  });

  test('skips more and more waits after misses in a row, up to 63', () => {
    const budget = new SpinBudget(0.05);
    const skips = Array.from({ length: 8 }, () => {
      budget.miss();
      return skipped(budget);
    });
    expect(skips).toEqual([1, 3, 7, 15, 31, 63, 63, 63]);
  });

  test('starts over after a hit', () => {
    const budget = new SpinBudget(0.05);
    budget.miss();
    skipped(budget);
    budget.miss();
    skipped(budget);
    budget.hit();
    expect(budget.take()).toBe(0.05);
    budget.miss();
    expect(skipped(budget)).toBe(1);
  });

  test('never spins with a budget of nothing', () => {
    const budget = new SpinBudget(0);
    for (let i = 0; i < 10; i++) expect(budget.take()).toBe(0);
  });
});

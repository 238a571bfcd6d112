import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetryBudget } from '../../src/pacing/retry-budget.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import '../support/install-runtime.ts';

describe('RetryBudget', () => {
  test('allows retries in proportion to first tries', () => {
    const budget = new RetryBudget({ ratio: 0.1, minPerSecond: 0, clock: new VirtualClock() });
    expect(budget.tryRetry()).toBe(false);
    for (let i = 0; i < 30; i++) budget.recordTry();
    expect(budget.available).toBe(3);
    expect([1, 2, 3, 4].map(() => budget.tryRetry())).toEqual([true, true, true, false]);
  });

  test('lets a quiet caller retry a few times per second', async () => {
    const clock = new VirtualClock();
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 2, clock });
    expect([1, 2, 3].map(() => budget.tryRetry())).toEqual([true, true, false]);
    await clock.advance(500);
    expect([1, 2].map(() => budget.tryRetry())).toEqual([true, false]);
    await clock.advance(60_000);
    expect(budget.available).toBe(2);
  });

  test('gathers a whole token also at less than one per second', async () => {
    const clock = new VirtualClock();
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.1, clock });
    expect([budget.tryRetry(), budget.tryRetry()]).toEqual([true, false]);
    await clock.advance(10_000);
    expect([budget.tryRetry(), budget.tryRetry()]).toEqual([true, false]);
  });

  test('saves up no more than its burst', () => {
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0, burst: 5, clock: new VirtualClock() });
    for (let i = 0; i < 1_000; i++) budget.recordTry();
    expect(budget.available).toBe(5);
  });

  test('never allows more than it says, whatever happens when', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.constant({ does: 'try' as const, ms: 0 }),
        fc.constant({ does: 'retry' as const, ms: 0 }),
        fc.record({ does: fc.constant('wait' as const), ms: fc.double({ min: 0, max: 3_000, noNaN: true }) }),
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        steps,
        async (ratio, minPerSecond, script) => {
          const clock = new VirtualClock();
          const budget = new RetryBudget({ ratio, minPerSecond, clock });
          let tries = 0;
          let retries = 0;
          for (const { does, ms } of script) {
            if (does === 'try') budget.recordTry();
            if (does === 'try') tries++;
            if (does === 'retry' && budget.tryRetry()) retries++;
            if (ms > 0) clock.block(ms);
          }
          const most = ratio * tries + minPerSecond * (clock.now() / 1_000) + Math.max(1, minPerSecond);
          expect(retries).toBeLessThanOrEqual(most + 1e-6);
        },
      ),
    );
  });

  test.each([
    [{ ratio: -1 }, /'ratio'/],
    [{ minPerSecond: Infinity }, /'minPerSecond' to be a finite number of at least 0, got Infinity/],
    [{ burst: '3' as never }, /'burst'.*got '3'/],
  ])('refuses %j', (options, message) => {
    expect(() => new RetryBudget(options)).toThrow(message);
  });
});

import { describe, expect, test } from 'vitest';
import { RestartPolicy, type RunOutcome } from '../../src/process/restart-policy.ts';

const failed: RunOutcome = { exit: { code: 1, signal: null, output: '' }, failedToStart: false, readyFor: 0 };
const none = { jitter: 'none', baseDelay: 100 } as const;

describe('RestartPolicy', () => {
  test('waits longer after each failure, and no longer than 10 s unless told', () => {
    const policy = new RestartPolicy({ ...none, limit: Infinity, factor: 10 });
    expect([1, 2, 3, 4].map(() => policy.nextDelay(failed, 0))).toEqual([100, 1_000, 10_000, 10_000]);
  });

  test('begins anew after a run that was ready for long', () => {
    const policy = new RestartPolicy({ ...none, limit: Infinity, resetAfter: 500 });
    const runs = [0, 0, 499, 500, 0];
    expect(runs.map((readyFor) => policy.nextDelay({ ...failed, readyFor }, 0))).toEqual([100, 200, 400, 100, 200]);
  });

  test('allows so many restarts within any stretch of its window', () => {
    const policy = new RestartPolicy({ ...none, limit: 2, window: 1_000 });
    const allowed = [0, 600, 999, 1_000, 1_100, 1_600].map((at) => policy.nextDelay(failed, at) !== undefined);
    expect(allowed).toEqual([true, true, false, true, false, true]);
  });

  test('counts a signal and a start that did not become ready as failures, an exit with 0 not', () => {
    const outcomes: RunOutcome[] = [
      { ...failed, exit: { code: null, signal: 'SIGSEGV', output: '' } },
      { ...failed, exit: { code: 0, signal: null, output: '' }, failedToStart: true },
      { ...failed, exit: { code: 0, signal: null, output: '' } },
    ];
    const delays = (when: 'failure' | 'always'): boolean[] =>
      outcomes.map((outcome) => new RestartPolicy({ when }).nextDelay(outcome, 0) !== undefined);
    expect([delays('failure'), delays('always')]).toEqual([
      [true, true, false],
      [true, true, true],
    ]);
  });
});

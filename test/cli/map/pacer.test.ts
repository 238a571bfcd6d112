import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATCH_UP_MS, Pacer } from '../../../src/cli/map/pacer.ts';

/** The times of the calls of somebody who always calls `lateness` ms after it is allowed. */
function callTimes(pacer: Pacer, latenesses: readonly number[]): number[] {
  let now = 0;
  return latenesses.map((lateness) => {
    now = Math.max(now, pacer.due(now)) + lateness;
    pacer.take(now);
    return now;
  });
}

describe('Pacer', () => {
  test('the first call is due at once, the others one interval apart', () => {
    expect(callTimes(new Pacer(250), [0, 0, 0, 0])).toEqual([0, 250, 500, 750]);
  });

  test('small delays are caught up, so the rate is met', () => {
    const times = callTimes(new Pacer(10), Array.from({ length: 1_001 }, (_, index) => index % 7));
    expect(times.at(-1)).toBeLessThan(10_000 + 10);
  });

  test('a rate faster than timers is met in bursts no longer than what is caught up', () => {
    const pacer = new Pacer(0.01);
    let now = 0;
    let most = 0;
    let calls = 0;
    // Looks every millisecond, as a timer would.
    for (; now < 1_000; now++) {
      let burst = 0;
      for (; pacer.due(now) <= now; burst++) pacer.take(now);
      most = Math.max(most, burst);
      calls += burst;
    }
    expect(calls / now).toBeCloseTo(100, 0);
    expect(most).toBeLessThanOrEqual(CATCH_UP_MS / 0.01 + 1);
  });

  test('a pause is not followed by a burst', () => {
    const pacer = new Pacer(100);
    pacer.take(0);
    pacer.take(60_000);
    expect(pacer.due(60_000)).toBeGreaterThanOrEqual(60_000 + 100 - CATCH_UP_MS);
  });

  test('whoever waits until it is due never makes more calls than the rate has room for', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1_000, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 200 }),
        (interval, latenesses) => {
          const times = callTimes(new Pacer(interval), latenesses);
          const [first = 0] = times;
          for (const [index, time] of times.entries()) {
            expect(index).toBeLessThanOrEqual((time - first) / interval + 1e-6);
          }
        },
      ),
    );
  });
});

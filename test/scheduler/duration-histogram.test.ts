import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DurationHistogram } from '../../src/scheduler/duration-histogram.ts';

describe('DurationHistogram', () => {
  test('is all zeros while nothing was recorded', () => {
    expect(new DurationHistogram().summary()).toEqual({ samples: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 });
  });

  test('keeps count, sum, mean and maximum exactly', () => {
    const histogram = new DurationHistogram();
    for (const ms of [1, 2, 9]) histogram.record(ms);
    expect(histogram.samples).toBe(3);
    expect(histogram.sum).toBe(12);
    expect(histogram.summary()).toMatchObject({ samples: 3, mean: 4, max: 9 });
  });

  test('has percentiles within an eighth of the truth', () => {
    const duration = fc.double({ min: 1e-4, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = new DurationHistogram();
        for (const value of values) histogram.record(value);
        const sorted = [...values].sort((a, b) => a - b);
        const summary = histogram.summary();
        for (const [fraction, found] of [
          [0.5, summary.p50],
          [0.9, summary.p90],
          [0.99, summary.p99],
        ] as const) {
          const truth = sorted[Math.ceil(sorted.length * fraction) - 1] as number;
          expect(found).toBeGreaterThanOrEqual(truth * 0.999);
          expect(found).toBeLessThanOrEqual(truth * 1.126);
        }
        expect(summary.max).toBe(sorted.at(-1));
      }),
    );
  });

  test('takes times that are too short or too long for its buckets, and none that are negative', () => {
    const histogram = new DurationHistogram();
    for (const ms of [0, -5, 1e-9, 1e15]) histogram.record(ms);
    expect(histogram.summary()).toMatchObject({ samples: 4, max: 1e15 });
    expect(histogram.summary().p50).toBeLessThanOrEqual(1e-4);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff, type BackoffOptions, type Jitter } from '../../../src/pacing/backoff/backoff.ts';
import { decorrelatedJitter } from '../../../src/pacing/backoff/decorrelated-jitter.ts';
import { equalJitter } from '../../../src/pacing/backoff/equal-jitter.ts';
import { fullJitter } from '../../../src/pacing/backoff/full-jitter.ts';
import { noJitter } from '../../../src/pacing/backoff/no-jitter.ts';
import { type BackoffState, ceiling } from '../../../src/pacing/backoff/strategy.ts';

const states: fc.Arbitrary<BackoffState> = fc.record({
  failures: fc.integer({ min: 1, max: 5_000 }),
  previous: fc.double({ min: 0, max: 1e9, noNaN: true }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  baseDelay: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1e6, noNaN: true })),
  maxDelay: fc.oneof(fc.double({ min: 1e6, max: 1e9, noNaN: true }), fc.constant(Infinity)),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
});

function take(count: number, options: BackoffOptions): number[] {
  const backoff = new Backoff(options);
  return Array.from({ length: count }, () => backoff.next());
}

describe('backoff', () => {
  test('doubles up to the longest delay where nothing is random', () => {
    expect(take(6, { baseDelay: 100, maxDelay: 1_000, jitter: 'none' })).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(take(3, { baseDelay: 100, factor: 1, jitter: 'none' })).toEqual([100, 100, 100]);
    expect(take(3, { baseDelay: 10, factor: 10, jitter: 'none' })).toEqual([10, 100, 1_000]);
  });

  test.each<[Jitter, number[], number[]]>([
    ['full', [0, 0, 0], [100, 200, 400]],
    ['equal', [50, 100, 200], [100, 200, 400]],
    ['decorrelated', [100, 100, 100], [300, 900, 2_700]],
  ])('with %s jitter has the bounds that the strategy promises', (jitter, lowest, highest) => {
    expect(take(3, { baseDelay: 100, jitter, random: () => 0 })).toEqual(lowest);
    expect(take(3, { baseDelay: 100, jitter, random: () => 1 })).toEqual(highest);
  });

  test('starts anew after a success', () => {
    for (const jitter of ['none', 'decorrelated'] as const) {
      const backoff = new Backoff({ baseDelay: 100, jitter, random: () => 1 });
      const first = backoff.next();
      expect(backoff.next()).toBeGreaterThan(first);
      backoff.reset();
      expect(backoff.next()).toBe(first);
    }
  });

  test('every delay of every strategy is a finite number of milliseconds within its bounds', () => {
    fc.assert(
      fc.property(states, (state) => {
        const top = ceiling(state);
        expect(Number.isFinite(top)).toBe(true);
        expect(top).toBeLessThanOrEqual(state.maxDelay);
        expect(noJitter(state)).toBe(top);
        const full = fullJitter(state);
        expect(full >= 0 && full <= top).toBe(true);
        const equal = equalJitter(state);
        expect(equal >= top / 2 && equal <= top).toBe(true);
        const decorrelated = decorrelatedJitter(state);
        expect(decorrelated >= Math.min(state.baseDelay, state.maxDelay) && decorrelated <= state.maxDelay).toBe(true);
        expect(decorrelated).toBeLessThanOrEqual(Math.max(state.previous, state.baseDelay) * 3.000001);
      }),
    );
  });

  test('the ceiling never falls from one failure to the next', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(ceiling({ ...state, failures: state.failures + 1 })).toBeGreaterThanOrEqual(ceiling(state));
      }),
    );
  });

  test.each<[BackoffOptions, RegExp]>([
    [{ baseDelay: -1 }, /'baseDelay' to be milliseconds, 0 or more, got -1/],
    [{ baseDelay: 60_000 }, /'baseDelay' to be at most 'maxDelay', 30000 ms, got 60000/],
    [{ baseDelay: Infinity, maxDelay: Infinity }, /'baseDelay' to be finite/],
    [{ maxDelay: Number.NaN }, /'maxDelay'.*got NaN/],
    [{ factor: 0.5 }, /'factor' to be a finite number of at least 1, got 0.5/],
    [{ jitter: 'some' as Jitter }, /'jitter' to be 'full' or 'equal' or 'decorrelated' or 'none', got 'some'/],
    [{ random: 4 as never }, /'random' to be a function, got number/],
  ])('refuses %j', (options, message) => {
    expect(() => new Backoff(options)).toThrow(message);
  });

  test('refuses random numbers that would make no delay', () => {
    expect(() => new Backoff({ random: () => Number.NaN }).next()).toThrow(/from 0 to 1, got NaN/);
  });
});

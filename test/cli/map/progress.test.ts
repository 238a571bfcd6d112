import { describe, expect, test } from 'vitest';
import {
  formatCount, formatDuration, formatRate, renderProgress, renderSummary,
} from '../../../src/cli/map/progress.ts';

const HALF = { done: 1_234, failed: 2, elapsed: 10_000, rate: 123.4, fraction: 0.5 };

describe('renderProgress', () => {
  test('shows part, counts, rate and time left of an input whose size is known', () => {
    const bar = '[==============>               ]';
    expect(renderProgress(HALF, 80)).toBe(`${bar}  50%  1,234 done  2 failed  123/s  0:10 left`);
  });

  test('shows the time that has passed when the size is not known', () => {
    expect(renderProgress({ done: 5, failed: 0, elapsed: 61_000, rate: 2 }, 80)).toBe('5 done  2.00/s  1:01 elapsed');
  });

  test('what matters least is left out first when it gets narrow', () => {
    const shown = [60, 45, 38, 26, 10].map((width) => renderProgress(HALF, width));
    expect(shown).toEqual([
      '[======>      ]  50%  1,234 done  2 failed  123/s  0:10 left',
      ' 50%  1,234 done  2 failed  123/s  0:10 left',
      ' 50%  1,234 done  2 failed  123/s',
      ' 50%  1,234 done  2 failed',
      '1,234 done',
    ]);
  });

  test('never is wider than it may be', () => {
    for (let width = 0; width < 120; width++) {
      for (const fraction of [0, 0.001, 0.37, 1, 1.2]) {
        expect(renderProgress({ ...HALF, fraction }, width).length).toBeLessThanOrEqual(width);
      }
    }
  });

  test('the time left of a resumed job goes by what it did itself', () => {
    expect(renderProgress({ ...HALF, fraction: 0.6, startFraction: 0.5 }, 80)).toContain('0:40 left');
    expect(renderProgress({ ...HALF, startFraction: 0.5 }, 80)).toContain('--:-- left');
  });
});

test('the summary says items, failures, time, rate and threads', () => {
  expect(renderSummary({ done: 1_999, failed: 1, elapsed: 2_000, threads: 2 })).toBe(
    '2,000 items, 1 failed, 2.00 s, 1,000 items/s, 2 threads',
  );
  expect(renderSummary({ done: 1, failed: 0, elapsed: 0, threads: 1 })).toBe(
    '1 item, 0 failed, 0.00 s, 0.00 items/s, 1 thread',
  );
});

test('numbers are written to be read', () => {
  expect([0, 999, 1_000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([0.1234, 12.34, 99.99, 999.4, 999.6, 12_345.6].map(formatRate)).toEqual([
    '0.12', '12.3', '100', '999', '1,000', '12,346',
  ]);
  expect([0, 59_499, 61_000, 3_723_000, 4 * 86_400_000 + 7_200_000].map(formatDuration)).toEqual([
    '0:00', '0:59', '1:01', '1:02:03', '4d 02h',
  ]);
});

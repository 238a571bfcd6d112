import { describe, expect, test } from 'vitest';
import { Window } from '../../../src/cli/map/window.ts';

/** The size that a window settles at when items take `ms` on each of `lanes` lanes. */
function settledSize(lanes: number, ms: number): number {
  let now = 0;
  const window = new Window(lanes, () => now);
  for (let completed = 0; completed < 100_000; completed++) {
    now += ms / lanes;
    window.completed();
  }
  return window.size;
}

describe('Window', () => {
  test('long items: only what runs is in flight, so a stop has nothing more to wait for', () => {
    expect(settledSize(2, 200)).toBe(2);
  });

  test('short items: enough for the threads to find work, bounded all the same', () => {
    expect(settledSize(2, 0.01)).toBe(4_096);
    const size = settledSize(2, 2);
    expect(size * 1).toBeGreaterThanOrEqual(25);
    expect(size * 1).toBeLessThanOrEqual(100);
  });

  test('never fewer than the lanes there are', () => {
    expect(settledSize(5_000, 0.001)).toBe(5_000);
  });
});

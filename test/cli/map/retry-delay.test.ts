import { describe, expect, test } from 'vitest';
import { FIRST_RETRY_MS, LONGEST_RETRY_MS, retryDelay } from '../../../src/cli/map/retry-delay.ts';

describe('retryDelay', () => {
  test('its ceiling doubles with each failure, up to the longest', () => {
    const ceilings = [1, 2, 3, 4].map((failures) => retryDelay(failures, 1));
    expect(ceilings).toEqual([1, 2, 4, 8].map((factor) => factor * FIRST_RETRY_MS));
    expect(retryDelay(5_000, 1)).toBe(LONGEST_RETRY_MS);
  });

  test('it is anything between nothing and the ceiling', () => {
    expect(retryDelay(3, 0)).toBe(0);
    expect(retryDelay(3, 0.5)).toBe(2 * FIRST_RETRY_MS);
  });
});

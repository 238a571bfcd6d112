import { describe, expect, test } from 'vitest';
import { parseRate } from '../../../src/cli/map/rate.ts';

describe('--rate', () => {
  test.each([
    ['100/s', 10],
    ['100', 10],
    ['0.5/s', 2_000],
    ['60/m', 1_000],
    ['30/min', 2_000],
    ['1/h', 3_600_000],
    ['1e3/s', 1],
  ])('%s is a call every %d ms', (text, interval) => {
    expect(parseRate(text)).toBe(interval);
  });

  const wrong = ['', 'fast', '0', '-5/s', '5/day', '5/', '/s', '1..2/s', 'Infinity', '5/constructor'];
  test.each(wrong)('refuses %j', (text) => {
    expect(() => parseRate(text)).toThrow(`got '${text}'`);
  });
});

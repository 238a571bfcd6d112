import { describe, expect, test } from 'vitest';
import { nearestNames, unknownTaskMessage } from '../../src/scheduler/nearest-names.ts';

const NAMES = ['resize', 'resume', 'rotate', 'render', 'compress'];

describe('nearestNames', () => {
  test('gives the nearest first, at most as many as asked for', () => {
    expect(nearestNames('resze', NAMES)[0]).toBe('resize');
    expect(nearestNames('rezume', NAMES, 1)).toEqual(['resume']);
    expect(nearestNames('r', NAMES, 2).length).toBeLessThanOrEqual(2);
  });

  test('finds a name in another case, or the same', () => {
    expect(nearestNames('RESIZE', NAMES, 1)).toEqual(['resize']);
    expect(nearestNames('resize', NAMES, 1)).toEqual(['resize']);
  });

  test('gives none when none is near', () => {
    expect(nearestNames('zzzzzzzz', NAMES)).toEqual([]);
    expect(nearestNames('anything', [])).toEqual([]);
  });

  test('orders equally near names by the alphabet', () => {
    expect(nearestNames('bat', ['cat', 'bad', 'bar'])).toEqual(['bad', 'bar', 'cat']);
  });

  test('takes empty names', () => {
    expect(nearestNames('', ['a', 'bb', 'ccc'])).toEqual(['a', 'bb']);
    expect(nearestNames('', [''])).toEqual(['']);
  });
});

describe('unknownTaskMessage', () => {
  test('asks whether a near name was meant', () => {
    expect(unknownTaskMessage('resise', NAMES, {})).toMatch(/^Cannot find task 'resise': did you mean 'resize'/);
  });

  test('lists what there is when nothing is near, and not without end', () => {
    expect(unknownTaskMessage('zzzzzzzz', NAMES, {})).toBe(
      "Cannot find task 'zzzzzzzz': the module exports 'resize', 'resume', 'rotate', 'render', 'compress'",
    );
    const many = Array.from({ length: 50 }, (_, i) => `task${i}`);
    expect(unknownTaskMessage('zzzzzzzz', many, {})).toMatch(/'task9', \.\.\.$/);
  });

  test('says what an export is that is no task', () => {
    expect(unknownTaskMessage('limit', NAMES, { limit: 'a number' })).toMatch(/'limit'.*a number/);
    expect(unknownTaskMessage('toString', NAMES, {})).toMatch(/^Cannot find task 'toString'/);
  });
});

import { describe, expect, test } from 'vitest';
import { checkKeys, checkMilliseconds, checkOneOf, checkWholeNumber, show } from '../../src/scheduler/check-options.ts';

describe('checkKeys', () => {
  test('takes an object with known keys only', () => {
    expect(() => checkKeys('x options', { a: 1, b: undefined }, ['a', 'b'])).not.toThrow();
    expect(() => checkKeys('x options', {}, [])).not.toThrow();
  });

  test.each([[null], [5], ['text'], [[]], [undefined], [() => 1]])('refuses %s', (value) => {
    expect(() => checkKeys('x options', value, ['a'])).toThrow(TypeError);
    expect(() => checkKeys('x options', value, ['a'])).toThrow(/x options/);
  });

  test('names the unknown key, and the one that was meant or all there are', () => {
    const check = (options: object) => () => checkKeys('x options', options, ['timeout', 'name']);
    expect(check({ timeuot: 1 })).toThrow("'timeuot' in the x options: did you mean 'timeout'?");
    expect(check({ q: 1 })).toThrow(/known are timeout, name/);
  });
});

describe('checkWholeNumber', () => {
  test.each([1, 2, 10])('takes %d', (value) => expect(() => checkWholeNumber('n', value, 1, 10)).not.toThrow());

  test.each([0, 11, 1.5, NaN, Infinity])('refuses %d with a RangeError that says the range', (value) => {
    const check = (): void => checkWholeNumber('n', value, 1, 10);
    expect(check).toThrow(RangeError);
    expect(check).toThrow(`Option 'n' takes a whole number from 1 to 10, got ${value}`);
  });

  test.each([['1'], [null], [undefined], [1n]])('refuses %s with a TypeError', (value) => {
    expect(() => checkWholeNumber('n', value, 1)).toThrow(TypeError);
  });

  test('says only the least where there is no most', () => {
    expect(() => checkWholeNumber('n', 0, 1)).toThrow('takes a whole number of at least 1, got 0');
  });
});

describe('checkMilliseconds', () => {
  test.each([0, 0.5, 1e12, Infinity])('takes %d', (value) => expect(() => checkMilliseconds('t', value)).not.toThrow());
  test.each([-1, NaN, -Infinity])('refuses %d with a RangeError', (value) => {
    expect(() => checkMilliseconds('t', value)).toThrow(RangeError);
  });
  test.each([['5'], [null]])('refuses %s with a TypeError', (value) => {
    expect(() => checkMilliseconds('t', value)).toThrow(TypeError);
  });
});

describe('checkOneOf', () => {
  test('takes the words, and names them when it refuses', () => {
    expect(() => checkOneOf('w', 'b', ['a', 'b'])).not.toThrow();
    expect(() => checkOneOf('w', 'c', ['a', 'b'])).toThrow("Option 'w' takes 'a' or 'b', got 'c'");
    expect(() => checkOneOf('w', 1, ['a', 'b'])).toThrow(TypeError);
  });
});

describe('show', () => {
  test.each([
    ['text', "'text'"],
    ['x'.repeat(100), `'${'x'.repeat(57)}...'`],
    [5, '5'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [[1, 2], 'an array of 2'],
    [new Map(), 'an object of type Map'],
    [{}, 'an object of type Object'],
    [Object.create(null), 'an object of type null'],
  ])('pictures %o', (value, picture) => expect(show(value)).toBe(picture));
});

import { describe, expect, test } from 'vitest';
import { formatNamed } from '../../../src/cli/map/format.ts';

describe('ndjson', () => {
  const format = formatNamed('ndjson');

  test('a line is a JSON value, in and out', () => {
    expect(format.parse('{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(format.print({ a: 'x\ny' })).toBe('{"a":"x\\ny"}\n');
    expect(format.print('text')).toBe('"text"\n');
  });

  test('what JSON has no text for is null, so that every item has its line', () => {
    expect(format.print(undefined)).toBe('null\n');
    expect(format.print(Number.NaN)).toBe('null\n');
  });

  test('blank lines hold no item', () => {
    expect(['', '   ', '\t', `${' '.repeat(50)}`, ' 1 ', '{}'].map((text) => format.isBlank(text))).toEqual([
      true, true, true, true, false, false,
    ]);
  });

  test('says what is wrong with a line or a result', () => {
    expect(() => format.parse('{oops')).toThrow(/^Cannot read the line as JSON: /);
    expect(() => format.print(1n)).toThrow(/^Cannot write the result as JSON: /);
  });
});

describe('lines', () => {
  const format = formatNamed('lines');

  test('a line is its text; strings are written as they are, other results as JSON', () => {
    expect(format.parse(' a "b" ')).toBe(' a "b" ');
    expect(format.print(' a "b" ')).toBe(' a "b" \n');
    expect(format.print({ n: 1 })).toBe('{"n":1}\n');
    expect(format.isBlank('')).toBe(false);
  });
});

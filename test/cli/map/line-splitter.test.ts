import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InputLine, LineSplitter } from '../../../src/cli/map/line-splitter.ts';

function split(splitter: LineSplitter, ...chunks: Array<Uint8Array | string>): InputLine[] {
  const encoder = new TextEncoder();
  const lines = chunks.flatMap((chunk) => [
    ...splitter.split(typeof chunk === 'string' ? encoder.encode(chunk) : chunk),
  ]);
  return [...lines, ...splitter.end()];
}

const texts = (lines: readonly InputLine[]): string[] => lines.map(({ text }) => text);

/** `bytes` cut at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
}

describe('LineSplitter', () => {
  test('splits at LF and CRLF, keeps empty lines, takes a last line without an end', () => {
    expect(split(new LineSplitter(), 'a\r\n\nb', 'c\nd')).toEqual([
      { number: 1, text: 'a' }, { number: 2, text: '' }, { number: 3, text: 'bc' }, { number: 4, text: 'd' },
    ]);
    expect(texts(split(new LineSplitter(), 'a\n'))).toEqual(['a']);
    expect(texts(split(new LineSplitter(), '\n'))).toEqual(['']);
    expect(split(new LineSplitter())).toEqual([]);
  });

  test('gives the same lines wherever the chunks are cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll(/[\r\n\uFEFF]/g, '_'));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat(400), { maxLength: 10 }),
        fc.nat(25),
        (lines, lineBreak, ended, places, skip) => {
          const bytes = new TextEncoder().encode(lines.join(lineBreak) + (ended ? lineBreak : ''));
          const expected = lines.map((text, index) => ({ number: index + 1, text }));
          if (!ended && lines.at(-1) === '') expected.pop();
          const splitter = new LineSplitter(skip);
          expect(split(splitter, ...cut(bytes, places))).toEqual(expected.slice(skip));
          expect(splitter.passedBytes).toBe(bytes.length);
          expect(splitter.lines).toBe(expected.length);
        },
      ),
    );
  });

  test('drops a byte order mark at the start of the input, and only there', () => {
    const mark = '\uFEFF';
    expect(texts(split(new LineSplitter(), `${mark}a\n${mark}b`))).toEqual(['a', `${mark}b`]);
    const bytes = new TextEncoder().encode(`${mark}a\nb`);
    expect(texts(split(new LineSplitter(), bytes.subarray(0, 2), bytes.subarray(2)))).toEqual(['a', 'b']);
    expect(texts(split(new LineSplitter(1), `${mark}a\nb`))).toEqual(['b']);
  });

  test('a line that is not UTF-8 has a fault, the lines around it do not', () => {
    const bytes = Uint8Array.from([0x61, 10, 0xff, 0xfe, 10, 0x62, 10]);
    for (const places of [[], [3], [1, 2, 3, 4, 5]]) {
      const lines = split(new LineSplitter(), ...cut(bytes, places));
      expect(lines.map(({ fault }) => fault)).toEqual([undefined, 'The line is not valid UTF-8', undefined]);
      expect([lines[0]?.text, lines[2]?.text]).toEqual(['a', 'b']);
    }
  });

  test('a replacement character that is in the input is no fault', () => {
    expect(split(new LineSplitter(), 'a\uFFFD\nb')).toEqual([{ number: 1, text: 'a\uFFFD' }, { number: 2, text: 'b' }]);
  });

  test('a line that is too long has a fault, is not kept, and does not disturb the next', () => {
    const long = 'x'.repeat(40);
    const fault = 'The line has 40 bytes and the longest that is accepted has 16';
    const expected = [{ number: 1, text: 'a' }, { number: 2, text: long, fault }, { number: 3, text: 'b' }];
    expect(split(new LineSplitter(0, 16), `a\n${long}\nb`)).toEqual(expected);
    expect(split(new LineSplitter(0, 16), 'a\n', long.slice(0, 15), long.slice(15), '\nb')).toMatchObject([
      { text: 'a' }, { fault }, { text: 'b' },
    ]);
  });

  test('tells how far into the input the lines are that were taken', () => {
    const splitter = new LineSplitter();
    const seen: number[] = [];
    for (const line of splitter.split(new TextEncoder().encode('aa\nbb\ncc\n'))) {
      expect(line.text.length).toBe(2);
      seen.push(splitter.passedBytes);
    }
    expect(seen).toEqual([2, 5, 8]);
    expect(splitter.passedBytes).toBe(9);
  });
});

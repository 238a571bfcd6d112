import { describe, expect, test } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder, SPILLED } from '../../../src/channel/codec/encoder.ts';
import { sizeHint } from '../../../src/channel/codec/size-hint.ts';

const encoder = new Encoder();
const decoder = new Decoder();
const memory = new Uint8Array(new SharedArrayBuffer(1 << 16));

describe('arguments encoded as a list', () => {
  test('decode to an array, with what they share', () => {
    const shared = { a: 1 };
    const end = encoder.encodeList([shared, 'text', [shared]], memory, 8, memory.length);
    const decoded = decoder.decode(memory, 8, end) as [object, string, [object]];
    expect(decoded).toEqual([{ a: 1 }, 'text', [{ a: 1 }]]);
    expect(decoded[2][0]).toBe(decoded[0]);
  });

  test('may be none', () => {
    expect(decoder.decode(memory, 0, encoder.encodeList([], memory, 0, 64))).toEqual([]);
  });

  test('that are too large for their room are handed over whole', () => {
    expect(encoder.encodeList(['x'.repeat(500), { b: 2 }], memory, 0, 64)).toBe(SPILLED);
    const spilled = encoder.spilled as Uint8Array;
    expect(decoder.decode(spilled, 0, spilled.length)).toEqual(['x'.repeat(500), { b: 2 }]);
  });
});

describe('a size hint', () => {
  test('covers what buffers, views and long texts take', () => {
    for (const values of [
      [new Uint8Array(5000)],
      [new ArrayBuffer(100), new DataView(new ArrayBuffer(3))],
      ['x'.repeat(3000), new Float64Array(7)],
    ]) {
      const end = encoder.encodeList(values, memory, 0, memory.length);
      expect(sizeHint(values)).toBeGreaterThanOrEqual(end);
    }
  });

  test('is nothing for small values', () => {
    expect(sizeHint([1, 'text', { a: 1 }, null, [1]])).toBe(0);
  });
});

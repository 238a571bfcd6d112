import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder, SPILLED, UNENCODABLE } from '../../../src/channel/codec/encoder.ts';
import { difference } from './_graph.ts';
import { expectCloned, roundTrip } from './_round-trip.ts';
import { graphs, primitives, texts } from './_values.ts';

/** What must hold whatever the runtime offers the codec. */
export function describeClones(install: () => void): void {
  beforeAll(install);

  test('for primitives of all kinds', () => {
    fc.assert(
      fc.property(primitives, (value) => void expect(roundTrip(value)).toBe(value)),
      { numRuns: 1000 },
    );
  });

  test('for text of all kinds, lone surrogates kept', () => {
    fc.assert(
      fc.property(texts, (text) => void expect(roundTrip(text)).toBe(text)),
      { numRuns: 500 },
    );
  });

  test('for graphs of objects of all kinds, with cycles and shared references', () => {
    fc.assert(fc.property(graphs, expectCloned), { numRuns: 1000 });
  });

  test('wherever in shared or private memory it is written, and however little room there is', () => {
    const encoder = new Encoder();
    const decoder = new Decoder();
    const memories = [
      new Uint8Array(new SharedArrayBuffer(1 << 16)),
      new Uint8Array(1 << 16),
      new Uint8Array(new ArrayBuffer(1 << 16), 3),
    ];
    const places = fc.record({
      memory: fc.constantFrom(...memories),
      start: fc.nat({ max: 100 }),
      room: fc.nat({ max: 600 }),
    });
    fc.assert(
      fc.property(graphs, places, (value, { memory, start, room }) => {
        const from = start * 8;
        const limit = from + room;
        memory.fill(0xa5);
        const end = encoder.encode(value, memory, from, limit);
        const outside = [...memory.subarray(0, from), ...memory.subarray(limit, limit + 64)];
        expect(outside.every((byte) => byte === 0xa5)).toBe(true);
        expect(end).not.toBe(UNENCODABLE);
        const spilled = encoder.spilled as Uint8Array;
        const decoded =
          end === SPILLED ? decoder.decode(spilled, 0, spilled.length) : decoder.decode(memory, from, end);
        expect(difference(decoded, structuredClone(value))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('for values that follow each other through one encoder and one decoder', () => {
    fc.assert(
      fc.property(fc.array(graphs, { maxLength: 4 }), (values) => values.forEach(expectCloned)),
      { numRuns: 200 },
    );
  });
}

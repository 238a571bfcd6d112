import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder, SPILLED } from '../../../src/channel/codec/encoder.ts';
import { installFastTestHost, installTestHost } from './_host.ts';
import { roundTrip } from './_round-trip.ts';

/** Where the ways of writing and reading change, and the lengths next to them. */
const EDGES = [0, 1, 2, 7, 8, 12, 13, 24, 28, 36, 64, 127, 128, 511, 512, 513, 1023, 1024, 1025, 3000];
const FILLERS = ['a', 'é', 'ā', '日', '😀', '\ud800', '\udc00', '\0'];

const texts = fc.array(
  fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.record({ length: fc.constantFrom(...EDGES), filler: fc.constantFrom('a', ...FILLERS) }).map(fill),
  ),
  { maxLength: 40 },
);

function fill({ length, filler }: { length: number; filler: string }): string {
  return filler.repeat(length).slice(0, length);
}

for (const [name, install] of [
  ['by the language alone', installTestHost],
  ["by the runtime's own parts", installFastTestHost],
] as const) {
  describe(`texts that travel together, ${name},`, () => {
    beforeAll(install);

    test('arrive as they are, each length beside each other', () => {
      for (const filler of FILLERS) {
        for (const length of EDGES) {
          const text = fill({ length, filler });
          expect(roundTrip(text)).toBe(text);
          const list = EDGES.flatMap((other) => [text, 'b'.repeat(other), { [text.slice(0, 300)]: text }]);
          expect(roundTrip(list)).toEqual(list);
        }
      }
    });

    test('arrive as they are, in any company', () => {
      fc.assert(
        fc.property(texts, (list) => void expect(roundTrip(list)).toEqual(list)),
        { numRuns: 300 },
      );
    });

    test('two halves of a character stay two texts', () => {
      expect(roundTrip(['\ud83d', '\ude00', '😀'])).toEqual(['\ud83d', '\ude00', '😀']);
    });

    test('fit where there is just room for them, and else are handed over whole', () => {
      const encoder = new Encoder();
      const decoder = new Decoder();
      const memory = new Uint8Array(new SharedArrayBuffer(1 << 16));
      fc.assert(
        fc.property(texts, fc.nat({ max: 4000 }), (list, room) => {
          memory.fill(0xa5);
          const end = encoder.encode(list, memory, 8, 8 + room);
          expect(memory.subarray(8 + room, 8 + room + 64).every((byte) => byte === 0xa5)).toBe(true);
          const spilled = encoder.spilled as Uint8Array;
          const decoded = end === SPILLED ? decoder.decode(spilled, 0, spilled.length) : decoder.decode(memory, 8, end);
          expect(decoded).toEqual(list);
        }),
        { numRuns: 200 },
      );
    });
  });
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder } from '../../../src/channel/codec/encoder.ts';
import { graphs } from './_values.ts';

const encoder = new Encoder();
const decoder = new Decoder();

/** Decodes what may be no encoding at all: the outcome must be a value or an error. */
function attempt(bytes: Uint8Array, start: number, end: number): 'value' | Error {
  try {
    decoder.decode(bytes, start, end);
    return 'value';
  } catch (error) {
    return error as Error;
  }
}

describe('bytes that no encoder wrote', () => {
  test('a message that breaks off anywhere is an error', () => {
    const memory = new Uint8Array(1 << 16);
    fc.assert(
      fc.property(graphs, (value) => {
        const end = encoder.encode(value, memory, 0, 4096);
        if (end <= 0) return;
        for (let cut = 0; cut < end; cut += 4) {
          // What stands behind the end must not complete the message.
          const outcome = attempt(memory, 0, cut);
          expect(outcome).toBeInstanceOf(TypeError);
          expect((outcome as Error).message).toMatch(/^Cannot decode a value: /);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('a message with flipped words is an error or some value', () => {
    const memory = new Uint8Array(new SharedArrayBuffer(1 << 14));
    const flips = fc.array(fc.tuple(fc.nat({ max: 4095 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(graphs, flips, (value, changes) => {
        const end = encoder.encode(value, memory, 0, 4096);
        if (end <= 0) return;
        for (const [place, byte] of changes) memory[place % end] = byte;
        const outcome = attempt(memory, 0, end);
        if (outcome !== 'value') expect(outcome).toBeInstanceOf(TypeError);
      }),
      { numRuns: 1500 },
    );
  });

  test('noise is an error or some value', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 200 }), (noise) => {
        const outcome = attempt(noise.slice(), 0, noise.length);
        if (outcome !== 'value') expect(outcome).toBeInstanceOf(TypeError);
      }),
      { numRuns: 2000 },
    );
  });

  test('zeroes and nothing at all are errors', () => {
    expect(attempt(new Uint8Array(64), 0, 64)).toBeInstanceOf(TypeError);
    expect(attempt(new Uint8Array(64), 0, 0)).toBeInstanceOf(TypeError);
  });

  test('a message is sound again after a broken one', () => {
    const memory = new Uint8Array(1024);
    const end = encoder.encode({ a: { b: [1, 2, 3] } }, memory, 0, 1024);
    attempt(memory, 0, end - 8);
    expect(decoder.decode(memory, 0, end)).toEqual({ a: { b: [1, 2, 3] } });
  });
});

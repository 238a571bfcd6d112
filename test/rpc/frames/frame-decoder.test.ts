import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { FrameDecoder } from '../../../src/rpc/frames/frame-decoder.ts';
import { FrameKind, makeFrame, readUint32, uint32Bytes } from '../../../src/rpc/frames/frame.ts';
import { joinFrames } from '../../../src/rpc/frames/burst.ts';
import { scaled } from '../../support/scale.ts';

const RUNS = scaled(1_000);

/** What the decoder makes of the chunks: each frame's kind and body. */
function decodeAll(chunks: readonly Uint8Array[], limit = 1_000_000): number[][] {
  const decoder = new FrameDecoder(limit);
  const frames: number[][] = [];
  for (const chunk of chunks) {
    decoder.push(chunk, (frame) => {
      frames.push([...frame]);
      return true;
    });
  }
  return frames;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.byteLength + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((start, i) => bytes.subarray(start, cuts[i] ?? bytes.byteLength));
}

describe('FrameDecoder', () => {
  test('gives the frames that were sent, however they are cut and merged', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 30 }), (sent, places) => {
        const stream = concat(sent.map((body) => makeFrame(FrameKind.message, body)));
        expect(decodeAll(cut(stream, places))).toEqual(sent.map((body) => [FrameKind.message, ...body]));
      }),
      { numRuns: RUNS },
    );
  });

  test('gives them byte by byte, too, also those that outgrow the memory set aside at first', () => {
    const body = new Uint8Array(200_000).map((_, i) => i % 251);
    const stream = makeFrame(FrameKind.message, body);
    const decoder = new FrameDecoder(1_000_000);
    const frames: Uint8Array[] = [];
    for (let at = 0; at < stream.byteLength; at++) {
      decoder.push(stream.subarray(at, at + 1), (frame) => frames.push(frame) > 0);
    }
    expect(frames.map((frame) => Buffer.compare(frame.subarray(1), body))).toEqual([0]);
  });

  test('a frame that lies within a chunk is a view of it', () => {
    const chunk = makeFrame(FrameKind.ping);
    new FrameDecoder(100).push(chunk, (frame) => {
      expect(frame.buffer).toBe(chunk.buffer);
      return true;
    });
    expect.assertions(1);
  });

  test('a frame longer than the limit is refused as soon as its length is known, one of the limit is not', () => {
    expect(decodeAll([makeFrame(FrameKind.message, new Uint8Array(99))], 100)).toHaveLength(1);
    expect(() => decodeAll([uint32Bytes(101)], 100)).toThrow(ProtocolError);
    expect(() => decodeAll([uint32Bytes(101)], 100)).toThrow(/101 bytes, and at most 100/);
    expect(() => decodeAll([uint32Bytes(0xffff_ffff)], 100)).toThrow(/4294967295 bytes/);
  });

  test('a frame without even a kind is refused', () => {
    expect(() => decodeAll([uint32Bytes(0)])).toThrow(/no length/);
  });

  test('a listener that wants no more gets no more', () => {
    const stream = concat([makeFrame(FrameKind.ping), makeFrame(FrameKind.ping)]);
    let calls = 0;
    new FrameDecoder(100).push(stream, () => ++calls < 1);
    expect(calls).toBe(1);
  });

  test('random bytes are refused or become frames within the limit, nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
        try {
          for (const frame of decodeAll(chunks, 150)) expect(frame.length).toBeLessThanOrEqual(150);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('frames', () => {
  test('numbers keep all their 32 bits', () => {
    for (const value of [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])
      expect(readUint32(uint32Bytes(value), 0)).toBe(value);
  });

  test('a burst is few pieces of the same bytes', () => {
    const small = Array.from({ length: 1_000 }, (_, i) => makeFrame(FrameKind.message, uint32Bytes(i)));
    const large = makeFrame(FrameKind.message, new Uint8Array(100_000));
    const frames = [...small, large, ...small];
    const pieces = joinFrames(frames);
    expect(pieces).toHaveLength(3);
    expect(pieces[1]).toBe(large);
    expect(Buffer.concat(pieces).equals(Buffer.concat(frames))).toBe(true);
  });
});

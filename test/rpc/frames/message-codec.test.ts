import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageChannel } from 'node:worker_threads';
import { ProtocolError } from '../../../src/errors.ts';
import { HEADER_BYTES, LENGTH_BYTES, FrameKind, readUint32 } from '../../../src/rpc/frames/frame.ts';
import { decodeMessage, encodeMessage } from '../../../src/rpc/frames/message-codec.ts';
import { Semaphore } from '../../../src/signal/semaphore.ts';
import { scaled } from '../../support/scale.ts';
import '../../support/install-runtime.ts';

function roundTrip(value: unknown): unknown {
  return decodeMessage(encodeMessage(value).subarray(HEADER_BYTES));
}

describe('messages', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null and booleans', [null, true, false]],
    ['numbers', [0, 1, -1, 63, 64, 127, 128, 2 ** 31, 2 ** 53, 0.1, NaN, Infinity, -Infinity]],
    ['BigInts of any size', [0n, -1n, 2n ** 63n, -(2n ** 70n), 3n ** 2_000n]],
    ['text', ['', 'a', 'é'.repeat(100), '💡', 'x'.repeat(100_000)]],
    ['objects', { a: { b: { c: [1, 2] } }, constructor: 'x', 'with space': 1 }],
    ['many objects of one shape', Array.from({ length: 100 }, (_, i) => ({ id: i, name: `n${i}` }))],
    ['many shapes', Array.from({ length: 300 }, (_, i) => ({ [`k${i}`]: i, [`l${i}`]: i }))],
    [
      'Maps and Sets',
      new Map<unknown, unknown>([
        ['a', new Set([1, { b: 2 }])],
        [{ c: 3 }, new Map()],
      ]),
    ],
    ['Dates', [new Date(0), new Date(1_700_000_000_123), new Date(-5), new Date(NaN)]],
    ['RegExps', /a[b/]c/giu],
    ['views', [new Uint8Array([1, 2]), new Float64Array([0.5]), new Int16Array([-1]), new BigInt64Array([5n])]],
    ['buffers', [new Uint8Array([1, 2, 3]).buffer, new DataView(new Uint8Array([4, 5]).buffer)]],
  ])('keep %s', (_, value) => {
    expect(roundTrip(value)).toEqual(value);
  });

  test('say in their header how long they are', () => {
    const frame = encodeMessage({ a: 'b'.repeat(100_000) });
    expect(readUint32(frame, 0)).toBe(frame.byteLength - LENGTH_BYTES);
    expect(frame[4]).toBe(FrameKind.message);
  });

  test('are as a structured clone would have them, whatever they are', () => {
    const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true });
    fc.assert(
      fc.property(value, (any) => {
        expect(roundTrip(any)).toEqual(asCarried(structuredClone(any)));
      }),
      { numRuns: scaled(2_000) },
    );
  });

  test('keep what is met twice one, and circles closed', () => {
    const shared = { n: 1 };
    const circle: Record<string, unknown> = { shared };
    circle['self'] = circle;
    const [first, second, copy] = roundTrip([shared, shared, circle]) as [object, object, Record<string, unknown>];
    expect(second).toBe(first);
    expect(copy['shared']).toBe(first);
    expect(copy['self']).toBe(copy);
  });

  test('keep what is met twice one among many objects, too', () => {
    const shared = { n: 1 };
    const many = [shared, ...Array.from({ length: 100 }, (_, i) => ({ i })), shared];
    const copy = roundTrip(many) as object[];
    expect(copy.at(-1)).toBe(copy[0]);
  });

  test('keep the class, message and cause of nested errors', () => {
    const error = new RangeError('too far', { cause: { limit: 3 } });
    const named = Object.assign(new Error('mine'), { name: 'MyError' });
    const [copy, namedCopy] = roundTrip([error, named]) as [RangeError, Error];
    expect(copy).toBeInstanceOf(RangeError);
    expect([copy.message, copy.cause]).toEqual(['too far', { limit: 3 }]);
    expect([namedCopy.name, namedCopy.message]).toEqual(['MyError', 'mine']);
  });

  test('take instances of classes as their own data, and ask no toJSON', () => {
    class Point {
      readonly x = 1;
      toJSON(): string {
        return 'not asked';
      }
    }
    expect(roundTrip(new Point())).toEqual({ x: 1 });
  });

  test.each<[string, unknown]>([
    ['a function', { deep: [function named() {}] }],
    ['a symbol', [Symbol('s')]],
    ['a promise', Promise.resolve()],
    ['a port', new MessageChannel().port1],
    ['shared memory', new SharedArrayBuffer(8)],
    ['a primitive of shared memory', { permits: new Semaphore(1) }],
    ['a signal', AbortSignal.timeout(1_000_000)],
    ['a WeakMap', new WeakMap()],
    ['a value nested without end', Array.from({ length: 5_000 }).reduce<unknown>((inner) => [inner], 0)],
  ])('refuse %s, which cannot leave the process', (_, value) => {
    expect(() => encodeMessage(value)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    // What was refused leaves nothing behind.
    expect(roundTrip({ ok: 1 })).toEqual({ ok: 1 });
  });
});

describe('bytes of a stranger', () => {
  test('a message that is none is refused', () => {
    for (const bytes of [[], [0xc1, 0xc1], [0xdd, 0xff, 0xff, 0xff, 0xff], [0x93, 1], [0xd4, 0x77, 1], [1, 2]]) {
      expect(() => decodeMessage(Buffer.from(bytes))).toThrow(ProtocolError);
    }
  });

  test('nesting deeper than the stack is refused', () => {
    expect(() => decodeMessage(Buffer.alloc(1_000_000, 0x91))).toThrow(ProtocolError);
    expect(roundTrip([1])).toEqual([1]);
  });

  test('no key reaches a prototype', () => {
    const evil = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}') as object;
    const copy = roundTrip([evil, evil, evil, evil, { evil }]) as Record<string, unknown>[];
    expect(Object.getPrototypeOf(copy[0])).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('the name of an error is a name, whatever it says', () => {
    for (const name of ['valueOf', 'constructor', '__proto__', 'toString', '__defineGetter__', 'hasOwnProperty']) {
      const bytes = Buffer.from([0xd4, 0x65, 0, 0x93, 0xa0 | name.length, ...Buffer.from(name), 0xa1, 0x6d, 0xc0]);
      const error = decodeMessage(bytes);
      expect(error).toBeInstanceOf(Error);
      expect([(error as Error).name, (error as Error).message]).toEqual([name, 'm']);
    }
    for (const parts of [[0xc0], [0x93, 1, 2, 3], [0x92, 0xa1, 0x6d, 0xc0]]) {
      expect(() => decodeMessage(Buffer.from([0xd4, 0x65, 0, ...parts]))).toThrow(ProtocolError);
    }
  });

  test('a small message cannot make a large value', () => {
    // An array that holds arrays that say to be large, each on its own account.
    const bytes = Buffer.concat(Array.from({ length: 100 }, () => Buffer.from([0xdd, 0, 0, 0, 100])));
    expect(() => decodeMessage(bytes)).toThrow(ProtocolError);
  });

  test('random bytes, and messages with random bytes in them, are decoded or refused', () => {
    const message = encodeMessage({ id: 'a', list: [1, new Map([[1, new Set([2])]]), new Date(5)], text: 'é' });
    const body = message.subarray(HEADER_BYTES);
    const change = fc.record({ at: fc.nat(body.byteLength - 1), byte: fc.nat(255) });
    const corrupt = fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
      const bytes = Buffer.from(body);
      for (const { at, byte } of changes) bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(corrupt, fc.uint8Array({ maxLength: 100 }).map(Buffer.from)), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: scaled(20_000) },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(decodeMessage(body)).toEqual({ id: 'a', list: [1, new Map([[1, new Set([2])]]), new Date(5)], text: 'é' });
  });
});

/** What is known not to be kept: see message-codec.ts. */
function asCarried(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return Array.from(value, asCarried);
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [asCarried(key), asCarried(member)]));
  if (value instanceof Set) return new Set([...value].map(asCarried));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      (key === '__proto__' ? '__proto_' : key).toWellFormed(),
      asCarried(member),
    ]),
  );
}

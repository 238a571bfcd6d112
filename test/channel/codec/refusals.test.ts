import { runInNewContext } from 'node:vm';
import { createSecretKey } from 'node:crypto';
import { BlockList } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { Encoder, UNENCODABLE } from '../../../src/channel/codec/encoder.ts';
import { installTestHost } from './_host.ts';
import { expectClonedOrRefused, expectRefused, roundTrip } from './_round-trip.ts';

beforeAll(installTestHost);

describe('what only the platform can carry, or can say why not, is left to it', () => {
  test.each<[string, () => unknown]>([
    ['functions', () => () => 1],
    ['symbols', () => Symbol('s')],
    ['symbols in objects', () => Object(Symbol('s'))],
    ['proxies', () => new Proxy({ a: 1 }, {})],
    ['proxies of arrays', () => new Proxy([1], {})],
    ['promises', () => Promise.resolve(1)],
    ['weak references', () => new WeakRef({})],
    ['weak maps', () => new WeakMap()],
    [
      'generators',
      () =>
        (function* () {
          yield 1;
        })(),
    ],
    ['iterators', () => [1][Symbol.iterator]()],
    ['shared buffers', () => new SharedArrayBuffer(8)],
    ['views of shared buffers', () => new Uint8Array(new SharedArrayBuffer(8))],
    ['resizable buffers', () => new ArrayBuffer(8, { maxByteLength: 16 })],
    ['views of resizable buffers', () => new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }))],
    ['URLs', () => new URL('http://localhost/')],
    ['Blobs', () => new Blob(['x'])],
    ['Headers', () => new Headers()],
    ['streams', () => new ReadableStream()],
    ['events', () => new Event('x')],
    ['abort signals', () => new AbortController().signal],
    ['DOM exceptions', () => new DOMException('message', 'AbortError')],
    ['WebAssembly modules', () => new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))],
    ['formatters', () => new Intl.NumberFormat()],
    ['lookalikes of builtins', () => Object.create(Map.prototype)],
    ['maps that hide what they are', () => Object.setPrototypeOf(new Map([[1, 2]]), Object.prototype)],
    [
      'arguments objects',
      () =>
        (function (..._: unknown[]) {
          return arguments;
        })(1, 2),
    ],
    ['objects of another realm', () => runInNewContext('({ a: 1 })')],
    ['keys', () => createSecretKey(new Uint8Array(8))],
    ['block lists', () => new BlockList()],
    ['Math', () => Math],
  ])('%s', (_name, make) => {
    expectRefused(make());
    expectRefused({ deep: [make()] });
    expectRefused(new Map([[1, make()]]));
  });

  test('builtins that hide what they are, unless they are known all the same', () => {
    expectClonedOrRefused(Object.setPrototypeOf(new Date(0), null));
    expectClonedOrRefused(Object.setPrototypeOf(new Error('x'), Object.prototype));
    expectClonedOrRefused(Object.setPrototypeOf(new Number(1), Object.prototype));
    expectClonedOrRefused(Object.setPrototypeOf(new Uint8Array(3), Object.prototype));
    expectClonedOrRefused(Object.setPrototypeOf(/x/, Object.prototype));
  });

  test('message ports', () => {
    const { port1, port2 } = new MessageChannel();
    expectRefused(port1);
    expectRefused([port2]);
    port1.close();
    port2.close();
  });

  test('detached buffers', () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expectRefused(buffer);
    expectRefused(view);
  });

  test('nesting too deep for the stack, without losing the next value', () => {
    let nested: unknown = 'bottom';
    for (let i = 0; i < 100_000; i++) nested = [nested];
    expectRefused(nested);
    let objects: unknown = 'bottom';
    for (let i = 0; i < 100_000; i++) objects = { objects };
    expectRefused(objects);
    expect(roundTrip({ next: 1 })).toEqual({ next: 1 });
  });

  test('nothing that is deep but not too deep', () => {
    let nested: unknown = 1n;
    for (let i = 0; i < 399; i++) nested = i % 2 === 0 ? [nested] : { nested };
    expect(roundTrip(nested)).toEqual(nested);
  });

  test('objects of the platform are never turned into empty ones', () => {
    const objects = [
      new TextEncoder(),
      new TextDecoder(),
      new URLSearchParams(),
      new EventTarget(),
      new FormData(),
      performance,
      globalThis,
      JSON,
      Reflect,
      Atomics,
    ];
    for (const object of objects) {
      let cloned: unknown;
      try {
        cloned = structuredClone(object);
      } catch {
        expectRefused(object);
        continue;
      }
      if (cloned !== undefined) expectClonedOrRefused(object);
    }
  });
});

test('a value that is encoded while another is, by a getter, does not disturb it', () => {
  const encoder = new Encoder();
  const memory = new Uint8Array(4096);
  const inner = new Uint8Array(4096);
  let innerEnd = 0;
  const value = {
    before: [1, 2],
    get nested() {
      innerEnd = encoder.encode({ a: [1] }, inner, 0, inner.length);
      return 'text';
    },
    after: { b: 1 },
  };
  expect(encoder.encode(value, memory, 0, memory.length)).toBeGreaterThan(0);
  expect(innerEnd).toBeGreaterThan(0);
  expect(encoder.encode(() => 1, memory, 0, 64)).toBe(UNENCODABLE);
});

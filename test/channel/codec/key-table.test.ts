import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder } from '../../../src/channel/codec/encoder.ts';
import { KeyTable, NO_PLACE } from '../../../src/channel/codec/key-table.ts';
import { KeyTrie } from '../../../src/channel/codec/key-trie.ts';

/** More often than it takes for a shape to get its place. */
const OFTEN = 40;

function makeMemory(bytes = 4096): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes + 64);
}

/** As another thread sees it. */
function tableIn(memory: SharedArrayBuffer): KeyTable {
  return new KeyTable(memory, 64, memory.byteLength - 64);
}

function blockOf(keys: readonly string[]): Int32Array {
  let node = new KeyTrie().root;
  for (const key of keys) node = node.next(key) as typeof node;
  return node.block;
}

function heldAt(table: KeyTable, place: number, block: Int32Array): boolean {
  return block.every((word, i) => table.words[place + i] === word);
}

describe('a key table', () => {
  test('has one place for each sequence of keys, whichever thread asks first', () => {
    const memory = makeMemory(64 * 1024);
    const threads = [tableIn(memory), tableIn(memory), tableIn(memory)] as const;
    const keys = fc.uniqueArray(fc.string({ maxLength: 12 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, fc.nat({ max: 2 })), { maxLength: 20 }), (asked) => {
        for (const [names, thread] of asked) {
          const block = blockOf(names);
          const place = threads[thread as 0].placeOf(block);
          expect(heldAt(threads[0], place, block)).toBe(true);
          expect(threads.map((table) => table.placeOf(block))).toEqual([place, place, place]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('that is full keeps what it holds, and takes no more', () => {
    const memory = makeMemory(1024);
    const blocks = Array.from({ length: 100 }, (_, i) => blockOf([`key ${i}`, 'other']));
    const places = blocks.map((block) => tableIn(memory).placeOf(block));
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBe(NO_PLACE);
    expect(blocks.map((block) => tableIn(memory).placeOf(block))).toEqual(places);
    const held = blocks.filter(
      (block, i) => places[i] !== NO_PLACE && heldAt(tableIn(memory), places[i] as number, block),
    );
    expect(held.length).toBeGreaterThan(20);
  });

  test('is of use although a thread died while it added to it', () => {
    const memory = makeMemory();
    const table = tableIn(memory);
    const block = blockOf(['id', 'name']);
    // What is left where the claim was all that was written.
    table.words[0] = block[0] as number;
    const place = table.placeOf(block);
    expect(place).toBe(block.length);
    expect(heldAt(table, place, block)).toBe(true);
    expect(tableIn(memory).placeOf(blockOf(['more']))).toBe(2 * block.length);
  });
});

describe('objects whose shape is in the key table', () => {
  const make = (i: number): object => ({ id: i, name: `name ${i}`, nested: { x: i, y: [] } });

  test('are decoded by threads that came later', () => {
    const memory = makeMemory();
    const bytes = new Uint8Array(4096);
    const encoder = new Encoder(undefined, tableIn(memory));
    for (let i = 0; i < OFTEN; i++) encoder.encode(make(i), bytes, 0, 4096);
    const end = encoder.encode([make(1), make(2)], bytes, 0, 4096);
    expect(new Decoder(undefined, tableIn(memory)).decode(bytes, 0, end)).toEqual([make(1), make(2)]);
  });

  test('travel without the names of their keys', () => {
    const bytes = new Uint8Array(4096);
    const encoder = new Encoder(undefined, tableIn(makeMemory()));
    const value = { aLongNameForAKey: 1, anotherLongNameForAKey: 2 };
    const first = encoder.encode(value, bytes, 0, 4096);
    for (let i = 0; i < OFTEN; i++) encoder.encode(value, bytes, 0, 4096);
    expect(encoder.encode(value, bytes, 0, 4096)).toBeLessThan(first - 30);
  });

  test('travel with them where the table is full', () => {
    const memory = makeMemory(64);
    const bytes = new Uint8Array(4096);
    const encoder = new Encoder(undefined, tableIn(memory));
    const decoder = new Decoder(undefined, tableIn(memory));
    for (let i = 0; i < OFTEN; i++) {
      const value = { small: i, list: [make(i), { aLongNameForAKey: 1, anotherLongNameForAKey: 2 }] };
      expect(decoder.decode(bytes, 0, encoder.encode(value, bytes, 0, 4096))).toEqual(value);
    }
  });

  test('are an error, or some value, where the message was tampered with', () => {
    const bytes = new Uint8Array(4096);
    const words = new Int32Array(bytes.buffer);
    const table = tableIn(makeMemory());
    const encoder = new Encoder(undefined, table);
    for (let i = 0; i < OFTEN; i++) encoder.encode(make(i), bytes, 0, 4096);
    const end = encoder.encode(make(1), bytes, 0, 4096);
    for (const link of [-1, 1, 7, 500, 1022, 1023, 1024, 2 ** 31 - 1]) {
      // The message's header takes two words, the object's the next two.
      words[3] = link;
      for (const decoder of [new Decoder(undefined, table), new Decoder()]) {
        try {
          decoder.decode(bytes, 0, end);
        } catch (error) {
          expect((error as Error).message).toMatch(/^Cannot decode a value: /);
        }
      }
    }
  });
});

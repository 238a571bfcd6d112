import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArenaFullError, ReveilleError } from '../../src/errors.ts';
import { Arena, defaultArena, MAX_THREADS, THREADS_OFFSET, useDefaultArena } from '../../src/memory/arena.ts';

const SMALL = 65_536;

describe('Arena.create', () => {
  test('makes an arena of 64 MiB unless told otherwise', () => {
    expect(Arena.create().buffer.byteLength).toBe(64 * 2 ** 20);
  });

  test('does not commit memory that nobody has touched', () => {
    const before = process.memoryUsage().rss;
    const arena = Arena.create(1024 * 2 ** 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
    expect(arena.stats().blocks).toBe(0);
  });

  test.each([0, -1, 1.5, NaN, Infinity, 65_535, 2 ** 31])('refuses %s bytes, saying the limits', (bytes) => {
    expect(() => Arena.create(bytes)).toThrow(RangeError);
    expect(() => Arena.create(bytes)).toThrow(/'bytes'.* 65536 .* got/);
  });

  test('refuses a size that is not a number with a TypeError', () => {
    expect(() => Arena.create('64' as unknown as number)).toThrow(TypeError);
  });
});

describe('Arena.attach', () => {
  test('gives the same arena for the same buffer', () => {
    const arena = Arena.create(SMALL);
    expect(Arena.attach(arena.buffer)).toBe(arena);
  });

  test('gives the same arena for a buffer that arrived in a message', () => {
    const arena = Arena.create(SMALL);
    const arrived = structuredClone(arena.buffer);
    expect(Arena.attach(arrived)).toBe(arena);
  });

  test('refuses memory that holds no arena, saying so', () => {
    expect(() => Arena.attach(new SharedArrayBuffer(SMALL))).toThrow(/holds something else/);
    expect(() => Arena.attach(new SharedArrayBuffer(8))).toThrow(/8 bytes holds none/);
    const unshared = new ArrayBuffer(SMALL) as unknown as SharedArrayBuffer;
    expect(() => Arena.attach(unshared)).toThrow(/expected a SharedArrayBuffer/);
    expect(() => Arena.attach(null as unknown as SharedArrayBuffer)).toThrow(/got null/);
  });

  test('refuses an arena of another version', () => {
    const { buffer } = Arena.create(SMALL);
    const copy = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(copy).set(new Uint8Array(buffer));
    new Int32Array(copy)[1] = 99;
    expect(() => Arena.attach(copy)).toThrow(/version 99/);
  });
});

describe('allocate', () => {
  test('gives blocks on lines of their own, filled with zeros, also when they are used again', () => {
    const arena = Arena.create(SMALL);
    const first = arena.allocate(100, 1);
    expect(first % 64).toBe(0);
    arena.u8.fill(0xff, first, first + 100);
    arena.free(first);
    const second = arena.allocate(120, 1);
    expect(second).toBe(first);
    expect(arena.u8.slice(second, second + 120).every((byte) => byte === 0)).toBe(true);
  });

  test('leaves the thread table alone', () => {
    const arena = Arena.create(SMALL);
    expect(arena.allocate(1, 1)).toBeGreaterThanOrEqual(THREADS_OFFSET + MAX_THREADS * 64);
  });

  test('never gives out a byte twice, and counts exactly what is live', () => {
    const step = fc.oneof(
      fc.record({ bytes: fc.integer({ min: 1, max: 20_000 }), kind: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ freed: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const arena = Arena.create(256 * 1024);
        const live: Array<{ offset: number; bytes: number; kind: number; mark: number }> = [];
        let mark = 0;
        for (const it of steps) {
          if ('freed' in it) {
            const [gone] = live.splice(it.freed % Math.max(1, live.length), 1);
            if (gone !== undefined) arena.free(gone.offset);
          } else {
            let offset: number;
            try {
              offset = arena.allocate(it.bytes, it.kind);
            } catch (error) {
              expect(error).toBeInstanceOf(ArenaFullError);
              continue;
            }
            mark = (mark % 255) + 1;
            arena.u8.fill(mark, offset, offset + it.bytes);
            live.push({ offset, ...it, mark });
          }
        }
        for (const { offset, bytes, mark: own } of live) {
          expect(arena.u8.subarray(offset, offset + bytes).every((byte) => byte === own)).toBe(true);
        }
        const byOffset = (a: { offset: number }, b: { offset: number }): number => a.offset - b.offset;
        const expected = live.map(({ offset, kind, bytes }) => ({ offset, kind, bytes })).sort(byOffset);
        expect([...arena.blocks()]).toEqual(expected);
        expect(arena.stats().blocks).toBe(live.length);
        for (const { offset } of live) arena.free(offset);
        expect(arena.stats()).toMatchObject({ blocks: 0, byKind: {} });
      }),
      { numRuns: 50 },
    );
  });

  test('uses the last lines of the arena, and says what is free when nothing fits any more', () => {
    const arena = Arena.create(SMALL);
    const offsets: number[] = [];
    let full: unknown;
    try {
      for (;;) offsets.push(arena.allocate(9 * 64 + 1, 5));
    } catch (error) {
      full = error;
    }
    expect(full).toBeInstanceOf(ArenaFullError);
    expect(String(full)).toMatch(/Cannot allocate 577 bytes \(kind 5\) in an arena of 65536 bytes: \d+ bytes are free/);
    expect(offsets.length).toBeGreaterThan(65);
    for (const offset of offsets) arena.free(offset);
    expect(offsets.map(() => arena.allocate(9 * 64 + 1, 5)).sort()).toEqual([...offsets].sort());
  });

  test('gives a larger freed block when nothing of the size is left', () => {
    const arena = Arena.create(SMALL);
    const large = arena.allocate(40_000, 1);
    arena.free(large);
    const small: number[] = [];
    expect(() => {
      for (;;) small.push(arena.allocate(64, 2));
    }).toThrow(ArenaFullError);
    expect(small).toContain(large);
  });

  test('refuses sizes and kinds that make no sense', () => {
    const arena = Arena.create(SMALL);
    for (const bytes of [0, -1, 1.5, NaN, 2 ** 31]) expect(() => arena.allocate(bytes, 1)).toThrow(/'bytes'/);
    for (const kind of [0, -1, 1.5, 2 ** 31]) expect(() => arena.allocate(1, kind)).toThrow(/'kind'/);
  });
});

describe('free', () => {
  test('refuses to free a block twice', () => {
    const arena = Arena.create(SMALL);
    const offset = arena.allocate(64, 1);
    arena.free(offset);
    expect(() => arena.free(offset)).toThrow(ReveilleError);
    expect(() => arena.free(offset)).toThrow(/free already/);
  });

  test('refuses what is not the offset of a block', () => {
    const arena = Arena.create(SMALL);
    const offset = arena.allocate(640, 1);
    for (const wrong of [0, 64, offset + 64, offset + 4, offset - 64, -64, 1e12, NaN]) {
      expect(() => arena.free(wrong)).toThrow(RangeError);
    }
  });

  test('changes the generation, so that a stale handle can be told', () => {
    const arena = Arena.create(SMALL);
    const offset = arena.allocate(64, 1);
    const generation = arena.generation(offset);
    expect(arena.blockAt(offset)).toEqual({ offset, kind: 1, bytes: 64 });
    arena.free(offset);
    expect(arena.generation(offset)).not.toBe(generation);
    expect(arena.blockAt(offset)).toBeUndefined();
    expect(arena.allocate(64, 1)).toBe(offset);
    expect(arena.generation(offset)).not.toBe(generation);
  });
});

describe('stats', () => {
  test('count by kind what was asked for', () => {
    const arena = Arena.create(SMALL);
    arena.allocate(10, 1);
    arena.allocate(20, 1);
    arena.allocate(30, 2);
    expect(arena.stats()).toMatchObject({
      size: SMALL,
      blocks: 3,
      byKind: { 1: { blocks: 2, bytes: 30 }, 2: { blocks: 1, bytes: 30 } },
    });
    expect([...arena.blocks(2)]).toHaveLength(1);
  });
});

describe('the default arena', () => {
  test('is made once and cannot be changed after it was used', () => {
    const arena = defaultArena();
    expect(defaultArena()).toBe(arena);
    useDefaultArena(arena);
    expect(() => useDefaultArena(Arena.create(SMALL))).toThrow(/in use already/);
  });
});

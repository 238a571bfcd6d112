import { describe, expect, test } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder, UNENCODABLE } from '../../../src/channel/codec/encoder.ts';
import { type Handle, registerKind, revive, SharedObject } from '../../../src/memory/shared-object.ts';
import { Barrier } from '../../../src/signal/barrier.ts';
import { Latch } from '../../../src/signal/latch.ts';
import { Once } from '../../../src/signal/once.ts';
import { WaitGroup } from '../../../src/signal/wait-group.ts';
import '../../support/install-runtime.ts';

const KIND = 60_001;

class Cell extends SharedObject {
  readonly handle: Handle;

  constructor(handle: Handle) {
    super();
    this.handle = handle;
  }
}
registerKind(KIND, (handle) => new Cell(handle));

describe('shared objects pass as themselves', () => {
  const arena = new SharedArrayBuffer(4096);
  const cell = new Cell({ buffer: arena, kind: KIND, offset: 1024 });

  test('in the arena that is written to', () => {
    const bytes = new Uint8Array(arena);
    const end = new Encoder().encode({ cell, again: [cell] }, bytes, 64, 4096);
    const decoded = new Decoder().decode(bytes, 64, end) as { cell: Cell; again: Cell[] };
    expect(decoded.cell).toBeInstanceOf(Cell);
    expect(decoded.cell.handle).toEqual({ buffer: arena, kind: KIND, offset: 1024 });
    expect(decoded.cell.handle.buffer).toBe(arena);
    expect(decoded.again[0]).toBe(decoded.cell);
  });

  test('through private memory, where the arena was named', () => {
    const bytes = new Uint8Array(256);
    const end = new Encoder(arena).encode(cell, bytes, 0, 256);
    expect((new Decoder(arena).decode(bytes, 0, end) as Cell).handle).toEqual(cell.handle);
  });

  test('but not from an arena that the other side cannot know by the memory used', () => {
    expect(new Encoder().encode(cell, new Uint8Array(256), 0, 256)).toBe(UNENCODABLE);
  });

  test('a kind that nobody registered is a clear error', () => {
    expect(() => revive({ buffer: arena, kind: 60_002, offset: 0 })).toThrow(
      'kind 60002 is not registered in this thread',
    );
  });

  test('a kind is registered once, with a number in range', () => {
    expect(() => registerKind(KIND, () => cell)).toThrow(RangeError);
    expect(() => registerKind(0, () => cell)).toThrow(RangeError);
  });

  test.each([
    ['a latch', () => new Latch(2), (latch: Latch) => latch.count, 2],
    ['a wait group', groupOfThree, (group: WaitGroup) => group.count, 3],
    ['a barrier', () => new Barrier(4), (barrier: Barrier) => barrier.parties, 4],
    ['once', () => new Once(), (once: Once) => once.isDone, false],
  ] as Array<[string, () => SharedObject & Disposable, (arrived: never) => unknown, unknown]>)(
    'such as %s',
    (_what, make, look, expected) => {
      const made = make();
      const bytes = new Uint8Array(made.handle.buffer);
      const room = new Latch(0);
      const at = room.handle.offset;
      const end = new Encoder().encode([made, { again: made }], bytes, at, at + 64);
      const [arrived, { again }] = new Decoder().decode(bytes, at, end) as [never, { again: unknown }];
      expect(look(arrived)).toBe(expected);
      expect(arrived).toBeInstanceOf(made.constructor);
      expect(again).toBe(arrived);
      room[Symbol.dispose]();
      made[Symbol.dispose]();
    },
  );
});

function groupOfThree(): WaitGroup {
  const group = new WaitGroup();
  group.add(3);
  return group;
}

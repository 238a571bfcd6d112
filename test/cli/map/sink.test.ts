import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Sink } from '../../../src/cli/map/sink.ts';

/** A stream that takes what is written only when it is told to. */
class SlowStream extends Writable {
  readonly held: Array<{ readonly text: string; readonly take: (error?: Error) => void }> = [];

  constructor(highWaterMark: number) {
    super({ highWaterMark, decodeStrings: false });
  }

  override _write(text: string, _encoding: string, take: (error?: Error | null) => void): void {
    this.held.push({ text, take });
  }
}

function setUp(highWaterMark = 1_000) {
  const stream = new SlowStream(highWaterMark);
  const turns: Array<() => void> = [];
  const written: number[] = [];
  const errors: unknown[] = [];
  let rooms = 0;
  const sink = new Sink(stream, { defer: (callback) => turns.push(callback) }, {
    onWritten: (lines) => written.push(...lines),
    onRoom: () => rooms++,
    onError: (error) => errors.push(error),
  });
  const endTurn = (): void => {
    for (const turn of turns.splice(0)) turn();
  };
  return { stream, sink, written, errors, endTurn, rooms: () => rooms };
}

describe('Sink', () => {
  test('writes what a turn gathers as one piece', () => {
    const { stream, sink, endTurn } = setUp();
    sink.write('a\n', 1);
    sink.write('b\n', 2);
    expect(stream.held).toEqual([]);
    endTurn();
    expect(stream.held.map(({ text }) => text)).toEqual(['a\nb\n']);
  });

  test('a line counts as written when the stream has taken it, not before', async () => {
    const { stream, sink, written, endTurn } = setUp();
    sink.write('a\n', 1);
    sink.write('b\n', 2);
    endTurn();
    expect(written).toEqual([]);
    stream.held[0]?.take();
    await sink.settle();
    expect(written).toEqual([1, 2]);
  });

  test('is full while the stream takes no more, and tells when it has room', async () => {
    const { stream, sink, endTurn, rooms } = setUp(4);
    sink.write('12345\n', 1);
    endTurn();
    expect(sink.full).toBe(true);
    stream.held[0]?.take();
    await sink.settle();
    // The stream tells of its room a little after the write is done.
    await new Promise<void>((resolve) => (sink.full ? stream.once('drain', resolve) : resolve()));
    expect([sink.full, rooms()]).toEqual([false, 1]);
  });

  test('a failed stream is told once, takes nothing more, and nobody waits for it', async () => {
    const { stream, sink, written, errors, endTurn } = setUp();
    sink.write('a\n', 1);
    endTurn();
    const failure = new Error('disk full');
    stream.held[0]?.take(failure);
    await sink.settle();
    sink.write('b\n', 2);
    await sink.settle();
    expect(errors).toEqual([failure]);
    expect([written, sink.full, stream.held.length]).toEqual([[], false, 1]);
  });
});

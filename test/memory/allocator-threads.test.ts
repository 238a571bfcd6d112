import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { Arena } from '../../src/memory/arena.ts';

function start(arena: Arena, mark: number, rounds: number): Worker {
  const file = new URL('./_allocating-thread.ts', import.meta.url);
  return new Worker(file, { workerData: { buffer: arena.buffer, mark, rounds } });
}

describe('an arena that several threads use at once', () => {
  test('never gives one block to two of them, and is empty once all have freed theirs', async () => {
    const arena = Arena.create(1 << 20);
    const workers = [1, 2, 3].map((mark) => start(arena, mark, 3_000));
    const damages = workers.map(async (worker) => {
      let last: unknown;
      worker.on('message', (message: unknown) => (last = message));
      await once(worker, 'exit');
      return last;
    });
    expect(await Promise.all(damages)).toEqual([{ damaged: 0 }, { damaged: 0 }, { damaged: 0 }]);
    expect(arena.stats()).toMatchObject({ blocks: 0, byKind: {} });
  });

  // Deno reports the exit of a thread in a busy loop, and lets it run on: it does not die.
  test.skipIf('Deno' in globalThis)('loses no more than what dying threads held, and goes on working', async () => {
    const arena = Arena.create(1 << 22);
    const deaths = 12;
    for (let death = 0; death < deaths; death++) {
      const worker = start(arena, 7, Infinity);
      const exit = once(worker, 'exit');
      await once(worker, 'message');
      // Somewhere in the middle of its work.
      for (let i = 0; i < 200 + death * 37; i++) arena.free(arena.allocate(1 + (i % 300), 8));
      await worker.terminate();
      await exit;
      for (const { offset } of arena.blocks(7)) arena.free(offset);
    }
    expect(arena.stats().blocks).toBe(0);
    // At most one block a death is out of reach: neither in use nor in a list.
    const before = arena.stats().used;
    const again = Array.from({ length: 500 }, () => arena.allocate(200, 9));
    expect(new Set(again).size).toBe(500);
    for (const offset of again) arena.free(offset);
    expect(arena.stats()).toMatchObject({ blocks: 0, used: before });
  });
});

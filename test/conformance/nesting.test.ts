/** Pools beside pools, and pools inside threads. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { openPool, openPoolOn, rejection } from './_pool.ts';

describe('two pools side by side', () => {
  test('keep their tasks, threads and ends apart', async () => {
    const left = openPool({ threads: 2, name: 'left' });
    const right = openPool({ threads: 1, name: 'right' });
    const held = left.pool.run('hold', [0]);
    await left.gates.arrived(0);
    const alternate = (i: number): Promise<number> => (i % 2 === 0 ? left : right).pool.run('addOne', [i]);
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => alternate(i)));
    expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    await right.pool.close();
    expect((await rejection(right.pool.run('addOne', [1]))).message).toMatch(/'right'/);
    left.gates.open(0);
    await held;
    expect(await left.pool.run('addOne', [1])).toBe(2);
    expect(left.gates.arrivals(0)).toBe(1);
  });

  test("wait for each other without getting in each other's way", async () => {
    const left = openPool();
    const right = openPool();
    let value = 0;
    for (let round = 0; round < 300; round++) {
      value = await left.pool.run('addOne', [value]);
      value = await right.pool.run('addOne', [value]);
    }
    expect(value).toBe(600);
  });

  test('survive the crash of a thread of one', async () => {
    const left = openPool();
    const right = openPool();
    const held = right.pool.run('hold', [0]);
    await right.gates.arrived(0);
    await rejection(left.pool.run('exit', [1]));
    right.gates.open(0);
    expect(await held).toBe(0);
    expect(await left.pool.run('addOne', [1])).toBe(2);
  });
});

describe("a pool inside a worker thread of the user's", () => {
  test('works like any other', async () => {
    const worker = new Worker(new URL('./modules/worker-with-a-pool.mjs', import.meta.url), { execArgv: [] });
    const [message] = (await once(worker, 'message')) as [unknown];
    expect(message).toEqual({ sum: 499_500, crashed: 'ERR_THREAD_CRASHED', clean: true });
    await worker.terminate();
  });
});

describe("a pool inside a pool's task", () => {
  test('works like any other', async () => {
    const pool = openPoolOn<typeof import('./modules/nested.mjs')>('./modules/nested.mjs');
    expect(await pool.run('sumInAPool', [100])).toBe(5050);
    expect(await pool.run('sumInAPool', [10])).toBe(55);
    expect((await pool.close()).leftBehind).toEqual({ threads: 0, bytes: 0 });
  });
});

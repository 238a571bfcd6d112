/** Several asynchronous tasks in flight on one thread. */
import { describe, expect, test } from 'vitest';
import { openPool, rejection } from './_pool.ts';

describe('with concurrency', () => {
  test('a thread has as many asynchronous tasks in flight, and no more', async () => {
    const { pool, gates } = openPool({ concurrency: 3 });
    const held = Array.from({ length: 5 }, (_, i) => pool.run('holdAsync', [i]));
    await Promise.all([gates.arrived(0), gates.arrived(1), gates.arrived(2)]);
    expect(pool.stats()).toMatchObject({ running: 3, queued: 2 });
    expect(gates.arrivals(3)).toBe(0);
    gates.open(1);
    await gates.arrived(3);
    expect(gates.arrivals(4)).toBe(0);
    gates.open(0, 2, 3, 4);
    expect(await Promise.all(held)).toEqual([0, 0, 0, 0, 0]);
  });

  test('of 1, the default, a task that awaits is alone on its thread', async () => {
    const { pool, gates } = openPool();
    const first = pool.run('holdAsync', [0]);
    const second = pool.run('visit', [1]);
    await gates.arrived(0);
    expect(gates.arrivals(1)).toBe(0);
    gates.open(0);
    await first;
    await second;
    expect(gates.arrivals(1)).toBe(1);
  });

  test('each task sees itself as the current one, also after its awaits', async () => {
    const { pool, gates } = openPool({ concurrency: 4 });
    const answers = [0, 1, 2, 3].map((i) => pool.run('identify', [i, `mark ${i}`], { timeout: 100_000 + i }));
    await Promise.all([0, 1, 2, 3].map((i) => gates.arrived(i)));
    gates.open(3, 1, 0, 2);
    expect(await Promise.all(answers)).toEqual(
      [0, 1, 2, 3].map((i) => ({ mark: `mark ${i}`, same: true, cancelled: false, name: 'identify' })),
    );
  });

  test('a cancellation fires the signal of its own task only', async () => {
    const { pool, gates } = openPool({ concurrency: 3 });
    const controller = new AbortController();
    const left = pool.run('identify', [0, 'left']);
    const cancelled = pool.run('awaitSignal', [10], { signal: controller.signal });
    const right = pool.run('identify', [1, 'right']);
    await Promise.all([gates.arrived(0), gates.arrived(10), gates.arrived(1)]);
    controller.abort();
    await rejection(cancelled);
    await gates.arrived(11);
    gates.open(0, 1);
    expect([(await left).cancelled, (await right).cancelled]).toEqual([false, false]);
  });

  test('thousands of asynchronous tasks are answered each with its own result', async () => {
    const { pool } = openPool({ concurrency: 16, threads: 2 });
    const answers = await Promise.all(Array.from({ length: 5000 }, (_, i) => pool.run('addOneLater', [i])));
    expect(answers.every((answer, i) => answer === i + 1)).toBe(true);
  });

  test('arguments and results that travel by message find their own tasks', async () => {
    const { pool } = openPool({ concurrency: 4, threads: 2 });
    const answers = (await Promise.all(
      Array.from({ length: 100 }, (_, i) => pool.run('echo', [new Uint8Array(40_000).fill(i)])),
    )) as Uint8Array[];
    expect(answers.every((answer, i) => answer.length === 40_000 && answer[39_999] === i)).toBe(true);
  });

  test('a task that blocks its thread is bypassed by way of the other threads', async () => {
    const { pool, gates } = openPool({ concurrency: 4, threads: 2 });
    const blocking = pool.run('hold', [0]);
    await gates.arrived(0);
    expect(await Promise.all(Array.from({ length: 20 }, () => pool.run('visit', [1])))).toHaveLength(20);
    gates.open(0);
    await blocking;
  });
});

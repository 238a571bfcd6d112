/** The caller's async context. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { openPool } from './_pool.ts';

describe("a caller's AsyncLocalStorage", () => {
  test('is there after await, in then, catch and finally', async () => {
    const { pool } = openPool({ threads: 2 });
    const storage = new AsyncLocalStorage<number>();
    const checks = Array.from({ length: 200 }, (_, i) =>
      storage.run(i, async () => {
        const seen = [storage.getStore()];
        await pool.run('addOne', [i]);
        seen.push(storage.getStore());
        await pool.run('refuse', []).catch(() => seen.push(storage.getStore()));
        await pool
          .run('addOne', [i])
          .then(() => seen.push(storage.getStore()))
          .finally(() => seen.push(storage.getStore()));
        return seen.every((each) => each === i) && seen.length === 5;
      }),
    );
    expect((await Promise.all(checks)).every(Boolean)).toBe(true);
  });

  test('is there when a task is cancelled or runs out of time', async () => {
    const { pool, gates } = openPool();
    const storage = new AsyncLocalStorage<string>();
    const controller = new AbortController();
    const seen: unknown[] = [];
    const cancelled = storage.run('cancelled', () =>
      pool.run('hold', [0], { signal: controller.signal }).catch(() => seen.push(storage.getStore())),
    );
    const late = storage.run('late', () =>
      pool.run('hold', [0], { timeout: 5 }).catch(() => seen.push(storage.getStore())),
    );
    await late;
    await gates.arrived(0);
    controller.abort();
    await cancelled;
    expect(seen).toEqual(['late', 'cancelled']);
  });

  test('is there for a submission that a full queue has held back', async () => {
    const { pool, gates } = openPool({ queue: { limit: 1 } });
    const storage = new AsyncLocalStorage<number>();
    const running = pool.run('hold', [0]);
    await gates.arrived(0);
    const seen = [0, 1, 2, 3, 4].map((i) =>
      storage.run(i, async () => (await pool.run('nothing', []), storage.getStore())),
    );
    gates.open(0);
    await running;
    expect(await Promise.all(seen)).toEqual([0, 1, 2, 3, 4]);
  });

  test('does not leak from one caller to the listeners of another', async () => {
    const { pool } = openPool();
    const storage = new AsyncLocalStorage<string>();
    await storage.run('first', () => pool.run('addOne', [1]));
    const seen = storage.run('second', async () => (await pool.run('addOne', [1]), storage.getStore()));
    expect(await seen).toBe('second');
    expect(storage.getStore()).toBeUndefined();
  });
});

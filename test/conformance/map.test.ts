/** pool.map. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { PoolClosedError, TaskNotFoundError } from 'reveille';
import { openPool, rejection } from './_pool.ts';

/** Everything that an iterable gives. */
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('pool.map', () => {
  test('yields the results in the order of the items', async () => {
    const { pool } = openPool({ threads: 2 });
    expect(await all(pool.map('addOne', upTo(3000)))).toEqual(upTo(3000).map((i) => i + 1));
  });

  test('yields them as they come with ordered: false', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    const results = pool.map('hold', [0, 1], { ordered: false });
    const first = results.next();
    await Promise.all([gates.arrived(0), gates.arrived(1)]);
    gates.open(1);
    const fromSecond = (await first).value;
    gates.open(0);
    expect((await results.next()).value).toBe(1 - (fromSecond as number));
    expect((await results.next()).done).toBe(true);
  });

  test('yields each result once with ordered: false', async () => {
    const { pool } = openPool({ threads: 2 });
    const results = await all(pool.map('addOne', upTo(2000), { ordered: false }));
    expect(results.sort((a, b) => a - b)).toEqual(upTo(2000).map((i) => i + 1));
  });

  test('yields nothing for no items', async () => {
    const { pool } = openPool();
    expect(await all(pool.map('addOne', []))).toEqual([]);
  });

  test('gives each item to the task as its one argument', async () => {
    const { pool } = openPool();
    const items: unknown[] = [[1, 2], undefined, { a: 1 }, new Map([[1, 2]])];
    expect(await all(pool.map('echo', items))).toEqual(items);
    expect(await all(pool.map('count', [[1, 2, 3]]))).toEqual([1]);
  });

  test('takes its items from an async source', async () => {
    const { pool } = openPool();
    async function* source(): AsyncGenerator<number> {
      for (const i of upTo(100)) yield i;
    }
    expect(await all(pool.map('addOne', source()))).toEqual(upTo(100).map((i) => i + 1));
  });

  test('pulls no more items than may be in flight or unread', async () => {
    const { pool, gates } = openPool();
    let pulled = 0;
    function* endless(): Generator<number> {
      for (;;) yield pulled++;
    }
    const results = pool.map('addOne', endless(), { concurrency: 4 });
    for (const expected of upTo(50)) {
      expect((await results.next()).value).toBe(expected + 1);
      expect(pulled).toBeLessThanOrEqual(expected + 1 + 4);
    }
    await results.return();
    expect(gates.arrivals(0)).toBe(0);
  });

  test('runs as many at the same time as its concurrency says', async () => {
    const { pool, gates } = openPool({ threads: 3 });
    const results = pool.map('hold', [0, 1, 2], { concurrency: 2 });
    const first = results.next();
    await Promise.all([gates.arrived(0), gates.arrived(1)]);
    expect(pool.stats()).toMatchObject({ running: 2, queued: 0 });
    gates.open(0, 1, 2);
    await first;
    expect(await all(results)).toHaveLength(2);
  });

  test('keeps every thread busy by default', async () => {
    const { pool, gates } = openPool({ threads: 3 });
    const results = all(pool.map('hold', [0, 0, 0]));
    await gates.arrived(0, 3);
    gates.open(0);
    expect((await results).sort()).toEqual([0, 1, 2]);
  });

  test('leaves the source when its reader leaves, and cancels what is out', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    let left = false;
    function* source(): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        left = true;
      }
    }
    gates.open(1);
    for await (const _index of pool.map('hold', source(), { concurrency: 3 })) break;
    expect(left).toBe(true);
    await pool.close();
    expect(pool.stats().running).toBe(0);
  });

  test('ends with the first error, and leaves the source', async () => {
    const { pool } = openPool();
    let left = false;
    function* source(): Generator<unknown> {
      try {
        for (;;) yield { boom: true };
      } finally {
        left = true;
      }
    }
    expect(await rejection(all(pool.map('throwValue', source())))).toEqual({ boom: true });
    expect(left).toBe(true);
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('yields what came before an error, in order', async () => {
    const { pool } = openPool();
    const seen: unknown[] = [];
    const error = await rejection(
      (async () => {
        for await (const value of pool.map('echo', [1, 2, (() => 1) as unknown, 4])) seen.push(value);
      })(),
    );
    expect(error.name).toBe('DataCloneError');
    expect(seen).toEqual([1, 2]);
  });

  test('ends with the error of its source', async () => {
    const { pool } = openPool();
    async function* source(): AsyncGenerator<number> {
      yield 1;
      throw new RangeError('The source is dry');
    }
    expect(await rejection(all(pool.map('addOne', source())))).toMatchObject({ message: 'The source is dry' });
  });

  test('ends with the reason of its signal, and cancels what is out', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const results = all(pool.map('loopUntilCancelled', [0], { signal: controller.signal }));
    await gates.arrived(0);
    const reason = new Error('Enough');
    controller.abort(reason);
    expect(await rejection(results)).toBe(reason);
    await gates.arrived(1);
  });

  test('does not start when its signal has fired before', async () => {
    const { pool } = openPool();
    let pulled = 0;
    function* source(): Generator<number> {
      yield pulled++;
    }
    const reason = new Error('Too late');
    expect(await rejection(all(pool.map('addOne', source(), { signal: AbortSignal.abort(reason) })))).toBe(reason);
    expect(pulled).toBe(0);
  });

  test('yields a result while the source has no next item yet', async () => {
    const { pool } = openPool();
    let giveNext: (() => void) | undefined;
    async function* conversation(): AsyncGenerator<number> {
      yield 1;
      await new Promise<void>((resolve) => (giveNext = resolve));
      yield 2;
    }
    const results: number[] = [];
    for await (const result of pool.map('addOne', conversation(), { concurrency: 2 })) {
      results.push(result);
      giveNext?.();
    }
    expect(results).toEqual([2, 3]);
  });

  test('ends at once when its signal fires while the source is silent', async () => {
    const { pool } = openPool();
    const controller = new AbortController();
    const silent: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    const results = all(pool.map('addOne', silent, { signal: controller.signal }));
    const reason = new Error('Enough');
    controller.abort(reason);
    expect(await rejection(results)).toBe(reason);
  });

  test('of a name that is no task fails like run()', async () => {
    const { pool } = openPool();
    expect(await rejection(all(pool.map('ad' as 'add', [1])))).toBeInstanceOf(TaskNotFoundError);
  });

  test('of a closed pool fails like run()', async () => {
    const { pool } = openPool();
    await pool.close();
    expect(await rejection(all(pool.map('addOne', [1])))).toBeInstanceOf(PoolClosedError);
  });

  test.each([
    [{ concurrency: 0 }, RangeError, /'concurrency'.*0/],
    [{ concurrency: 'two' }, TypeError, /'concurrency'.*'two'/],
    [{ order: true }, TypeError, /'order'.*'ordered'/],
    [null, TypeError, /map options/],
  ])('refuses the options %j', (options, type, message) => {
    const { pool } = openPool();
    expect(() => pool.map('addOne', [1], options as never)).toThrow(type);
    expect(() => pool.map('addOne', [1], options as never)).toThrow(message);
  });

  test('keeps the async context of its reader', async () => {
    const { pool } = openPool();
    const storage = new AsyncLocalStorage<string>();
    await storage.run('mine', async () => {
      for await (const _ of pool.map('addOne', upTo(20))) expect(storage.getStore()).toBe('mine');
      expect(storage.getStore()).toBe('mine');
    });
  });
});

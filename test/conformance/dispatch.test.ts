/** Where and when a task runs. */
import { describe, expect, test } from 'vitest';
import { openPool } from './_pool.ts';

describe('a task', () => {
  test('runs on exactly one thread, once', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    await Promise.all(Array.from({ length: 2000 }, () => pool.run('visit', [0])));
    expect(gates.arrivals(0)).toBe(2000);
  });

  test('runs once when its arguments travel by message, too', async () => {
    const { pool } = openPool({ threads: 2 });
    const words = new Int32Array(new SharedArrayBuffer(8));
    await Promise.all(Array.from({ length: 500 }, () => pool.run('visitShared', [words])));
    expect(words[0]).toBe(500);
  });

  test('does not wait behind a running one while another thread is free', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    const long = pool.run('hold', [0]);
    await gates.arrived(0);
    const others = await Promise.all(Array.from({ length: 200 }, () => pool.run('visit', [1])));
    gates.open(0);
    expect(new Set(others)).toEqual(new Set([1 - ((await long) as number)]));
  });

  test('that blocks keeps none of those that were submitted with it from running', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    await pool.ready();
    const mixed = [pool.run('hold', [0]), ...Array.from({ length: 50 }, () => pool.run('visit', [1]))];
    await Promise.all(mixed.slice(1));
    gates.open(0);
    await mixed[0];
    expect(gates.arrivals(1)).toBe(50);
  });

  test('runs at the same time as others, on as many threads as there are', async () => {
    const { pool, gates } = openPool({ threads: 4 });
    const all = Array.from({ length: 4 }, () => pool.run('hold', [0]));
    await gates.arrived(0, 4);
    gates.open(0);
    expect((await Promise.all(all)).sort()).toEqual([0, 1, 2, 3]);
  });

  test('starts in the order of submission on a single thread', async () => {
    const { pool } = openPool();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 3000 }, async (_, i) => order.push(await pool.run('addOne', [i]))));
    expect(order).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1));
  });

  test('may be submitted before any thread is ready', async () => {
    const { pool } = openPool({ threads: 2 });
    const answers = await Promise.all([pool.run('addOne', [1]), pool.run('add', [1, 2]), pool.tasks.nothing()]);
    expect(answers).toEqual([2, 3, undefined]);
  });
});

describe('run()', () => {
  test('dispatches at once, even if the calling thread blocks right after', async () => {
    const { pool, gates } = openPool();
    await pool.ready();
    const answer = pool.run('visit', [0]);
    gates.arrivedSync(0);
    expect(await answer).toBe(0);
  });

  test('dispatches a burst at once, even if the calling thread blocks right after', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    await pool.ready();
    const answers = Array.from({ length: 500 }, () => pool.run('visit', [0]));
    gates.arrivedSync(0, 500);
    expect(await Promise.all(answers)).toHaveLength(500);
  });

  test('dispatches shared memory at once, even if the calling thread blocks right after', async () => {
    const { pool } = openPool();
    await pool.run('nothing', []);
    const words = new Int32Array(new SharedArrayBuffer(4));
    const answer = pool.run('write', [words, 1]);
    // The bound is for the report of a failure: nobody else can end this wait.
    expect(Atomics.wait(words, 0, 0, 5000)).not.toBe('timed-out');
    await answer;
  });

  test('may be called from the continuation of another, over and over', async () => {
    const { pool } = openPool();
    let value = 0;
    for (let i = 0; i < 1000; i++) value = await pool.run('addOne', [value]);
    expect(value).toBe(1000);
  });

  test.each(['never', 'adaptive', 0, 1000] as const)('works the same with spin: %s', async (spin) => {
    const { pool, gates } = openPool({ threads: 2, spin });
    let value = 0;
    for (let i = 0; i < 100; i++) value = await pool.run('addOne', [value]);
    await Promise.all(Array.from({ length: 2000 }, () => pool.run('visit', [0])));
    const words = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 20; i++) await pool.run('write', [words, i]);
    expect([value, gates.arrivals(0), words[0]]).toEqual([100, 2000, 19]);
  });

  test('leaves timers and I/O their turn while tasks come and go without a pause', async () => {
    const { pool } = openPool();
    let ticked = false;
    setTimeout(() => (ticked = true), 0);
    let rounds = 0;
    for (; !ticked && rounds < 1_000_000; rounds++) await pool.run('addOne', [rounds]);
    expect(ticked).toBe(true);
  });
});

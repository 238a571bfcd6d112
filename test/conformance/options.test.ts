/** Options that are wrong: an error at once, which names the option, what it got and what it takes. */
import { describe, expect, test } from 'vitest';
import { createPool } from 'reveille';
import { openPool, rejection, TASKS } from './_pool.ts';

describe('createPool refuses', () => {
  test.each([
    ['threads: 0', { threads: 0 }, RangeError, /'threads'.*at least 1|'threads'.*from 1 to \d+, got 0/],
    ['threads: 1.5', { threads: 1.5 }, RangeError, /'threads'.*1\.5/],
    ['threads: NaN', { threads: NaN }, RangeError, /'threads'.*NaN/],
    ["threads: '2'", { threads: '2' }, TypeError, /'threads'.*'2'/],
    ['threads: null', { threads: null }, TypeError, /'threads'.*null/],
    ['threads: 1000', { threads: 1000 }, RangeError, /'threads'.*1000/],
    ['threads without max', { threads: { min: 1 } }, TypeError, /'threads\.max'.*undefined/],
    ['threads with min above max', { threads: { min: 3, max: 2 } }, RangeError, /'threads\.min'.*3/],
    ['threads with a misspelt bound', { threads: { min: 1, maximum: 2 } }, TypeError, /'maximum'.*max/],
    ['concurrency: 0', { concurrency: 0 }, RangeError, /'concurrency'.*0/],
    ['idleTimeout: -1', { idleTimeout: -1 }, RangeError, /'idleTimeout'.*-1/],
    ['timeout: NaN', { timeout: NaN }, RangeError, /'timeout'.*NaN/],
    ["timeout: '1s'", { timeout: '1s' }, TypeError, /'timeout'.*'1s'/],
    ['queue: 5', { queue: 5 }, TypeError, /'queue'.*5/],
    ['queue.limit: 0', { queue: { limit: 0 } }, RangeError, /'queue\.limit'.*0/],
    [
      "queue.overflow: 'drop'",
      { queue: { overflow: 'drop' } },
      TypeError,
      /'queue\.overflow'.*'wait'.*'reject'.*'drop'/,
    ],
    ['name: 5', { name: 5 }, TypeError, /'name'.*5/],
    ["stdio: 'none'", { stdio: 'none' }, TypeError, /'stdio'.*'inherit'.*'none'/],
    ["spin: 'always'", { spin: 'always' }, TypeError, /'spin'.*'always'/],
    ['spin: -1', { spin: -1 }, RangeError, /'spin'.*-1/],
    ['an option it does not know', { thread: 2 }, TypeError, /'thread'.*'threads'/],
    ['an option that is like none', { xyzzyplugh: 2 }, TypeError, /'xyzzyplugh'.*threads/],
    ['options that are no object', 5, TypeError, /options.*5/],
    ['options that are an array', [], TypeError, /options.*array/],
  ] as const)('%s', (_what, options, type, message) => {
    expect(() => createPool(TASKS, options as never)).toThrow(type);
    expect(() => createPool(TASKS, options as never)).toThrow(message);
  });

  test.each([[undefined], [null], [5], [{}], [() => 1]])('%s as its module', (module) => {
    expect(() => createPool(module as never)).toThrow(TypeError);
    expect(() => createPool(module as never)).toThrow(/module.*URL.*path/);
  });

  test('and leaves nothing behind', async () => {
    for (let i = 0; i < 200; i++) expect(() => createPool(TASKS, { threads: -1 })).toThrow(RangeError);
    const { pool } = openPool();
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('workerData that cannot be cloned, as the platform does, and leaves nothing behind', async () => {
    for (let i = 0; i < 70; i++)
      expect(() => createPool(TASKS, { threads: 2, workerData: { no: () => 1 } })).toThrow(/clone/);
    const { pool } = openPool();
    expect(await pool.run('addOne', [1])).toBe(2);
  });
});

describe('run() refuses', () => {
  test.each([
    ['timeout: -1', { timeout: -1 }, RangeError, /'timeout'.*-1/],
    ["timeout: 'soon'", { timeout: 'soon' }, TypeError, /'timeout'.*'soon'/],
    ['killAfter: NaN', { killAfter: NaN }, RangeError, /'killAfter'.*NaN/],
    ['retryOnCrash: -1', { retryOnCrash: -1 }, RangeError, /'retryOnCrash'.*-1/],
    ['retryOnCrash: 0.5', { retryOnCrash: 0.5 }, RangeError, /'retryOnCrash'.*0\.5/],
    ['a signal that is none', { signal: {} }, TypeError, /'signal'.*AbortSignal/],
    ['a transfer list that is none', { transfer: 5 }, TypeError, /'transfer'.*array/],
    ['an option it does not know', { signals: 1 }, TypeError, /'signals'.*'signal'/],
    ['options that are no object', 7, TypeError, /options.*7/],
    ['options that are null', null, TypeError, /options.*null/],
  ] as const)('%s, and the pool goes on', async (_what, options, type, message) => {
    const { pool } = openPool();
    const error = await rejection(pool.run('addOne', [1], options as never));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
    expect(await pool.run('addOne', [1])).toBe(2);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, completed: 1 });
  });

  test.each([[undefined], [5], [null], [Symbol('s')], [{}]])('a name that is %s', async (name) => {
    const { pool } = openPool();
    expect(await rejection(pool.run(name as never, [] as never))).toBeInstanceOf(Error);
    await pool.ready();
    expect(await rejection(pool.run(name as never, [] as never))).toBeInstanceOf(Error);
    expect(await pool.run('addOne', [1])).toBe(2);
  });
});

describe('pool.tasks', () => {
  test('has a function for every task, once the pool is ready', async () => {
    const { pool } = openPool();
    await pool.ready();
    expect('add' in pool.tasks).toBe(true);
    expect('ad' in pool.tasks).toBe(false);
    expect(Object.keys(pool.tasks)).toContain('add');
    expect(await pool.tasks.add(1, 2)).toBe(3);
  });

  test('is no thenable: it may be returned from an async function', async () => {
    const { pool } = openPool();
    const { add } = await Promise.resolve(pool.tasks);
    expect(await add(1, 2)).toBe(3);
  });
});

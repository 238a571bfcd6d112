/** The user's module: what can be wrong with it, and its hooks. */
import { describe, expect, test } from 'vitest';
import { createPool, ModuleLoadError, type PoolErrorEvent, TaskNotFoundError } from 'reveille';
import { nextEvent, openPool, openPoolOn, rejection } from './_pool.ts';

describe('a module that cannot be used', () => {
  test('because it is missing: ready() fails, naming it', async () => {
    const error = await rejection(openPoolOn('./_no-such-module.mjs').ready());
    expect(error).toBeInstanceOf(ModuleLoadError);
    expect(error.code).toBe('ERR_MODULE_LOAD');
    expect(error.message).toMatch(/_no-such-module\.mjs/);
  });

  test('because it throws while it loads: ready() fails with that error as its cause', async () => {
    const error = await rejection(openPoolOn('./modules/throws.mjs', { threads: 3 }).ready());
    expect(error).toBeInstanceOf(ModuleLoadError);
    expect(error.message).toMatch(/throws\.mjs.*Cannot find the settings/s);
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'Cannot find the settings', code: 'E_SETTINGS' });
  });

  test('because it has a syntax error: ready() fails, naming it', async () => {
    const error = await rejection(openPoolOn('./modules/syntax-error.mjs').ready());
    expect(error).toBeInstanceOf(ModuleLoadError);
    expect(error.message).toMatch(/syntax-error\.mjs/);
  });

  test('because it ends its thread while it loads: ready() fails with the exit code', async () => {
    const error = await rejection(openPoolOn('./modules/exits.mjs').ready());
    expect(error).toBeInstanceOf(ModuleLoadError);
    expect(error.message).toMatch(/exit code 5/);
  });

  test('because it exports nothing: ready() fails and says so', async () => {
    const error = await rejection(openPoolOn('./modules/empty.mjs').ready());
    expect(error).toBeInstanceOf(ModuleLoadError);
    expect(error.message).toMatch(/exports no function/);
  });

  test('because it exports no function: ready() fails and names what it exports', async () => {
    const error = await rejection(openPoolOn('./modules/no-functions.mjs').ready());
    expect(error.message).toMatch(/exports no function.*'answer'/);
  });

  test('because its init fails: ready() fails with that error as its cause', async () => {
    const error = await rejection(openPoolOn('./modules/init-fails.mjs').ready());
    expect(error).toBeInstanceOf(ModuleLoadError);
    expect(error.cause).toMatchObject({ message: 'No database' });
  });

  test('fails the tasks that were submitted, the later ones at once, and can be closed', async () => {
    const pool = openPoolOn('./modules/throws.mjs');
    const tasks = Array.from({ length: 2000 }, () => rejection(pool.run('anything', [])));
    for (const error of await Promise.all(tasks)) expect(error).toBeInstanceOf(ModuleLoadError);
    expect(await rejection(pool.run('anything', []))).toBeInstanceOf(ModuleLoadError);
    expect(await rejection(pool.ready())).toBeInstanceOf(ModuleLoadError);
    expect((await pool.close()).leftBehind).toEqual({ threads: 0, bytes: 0 });
  });

  test('is told of in an error event when nobody else is', async () => {
    const pool = openPoolOn('./modules/throws.mjs');
    const { error } = await nextEvent<'error', PoolErrorEvent>(pool, 'error');
    expect(error).toBeInstanceOf(ModuleLoadError);
  });

  test('is loaded by no thread again and again', async () => {
    const { pool: other, gates } = openPool();
    const pool = openPoolOn('./modules/throws.mjs', { threads: 2, workerData: { gates: gates.words } });
    await rejection(pool.ready());
    await pool.close();
    await other.run('nothing', []);
    expect(gates.arrivals(0)).toBeLessThanOrEqual(2);
  });
});

describe('a module whose threads die on load later on', () => {
  test('is tried again, with pauses, and then fails the pool with its error', async () => {
    const { gates } = openPool();
    const pool = openPoolOn('./modules/loads-a-few-times.mjs', { workerData: { gates: gates.words, times: 1 } });
    await pool.ready();
    const told = nextEvent<'error', PoolErrorEvent>(pool, 'error');
    await rejection(pool.run('leave', []));
    expect((await told).error).toBeInstanceOf(ModuleLoadError);
    expect(gates.arrivals(0)).toBeGreaterThan(2);
    expect(gates.arrivals(0)).toBeLessThan(12);
    expect(await rejection(pool.run('leave', []))).toBeInstanceOf(ModuleLoadError);
  });

  test('goes on if one of the tries succeeds', async () => {
    const { gates } = openPool();
    const workerData = { gates: gates.words, times: 1, again: 3 };
    const pool = openPoolOn('./modules/loads-a-few-times.mjs', { workerData });
    await pool.ready();
    await rejection(pool.run('leave', []));
    expect(await pool.run('stay', [])).toBe('here');
  });
});

describe('a name that is no task', () => {
  test.each([
    ['before the pool is ready', false],
    ['once the pool is ready', true],
  ])('is refused with the nearest names, %s', async (_when, ready) => {
    const { pool } = openPool();
    if (ready) await pool.ready();
    const error = await rejection(pool.run('ad' as 'add', [1, 2]));
    expect(error).toBeInstanceOf(TaskNotFoundError);
    expect(error.code).toBe('ERR_TASK_NOT_FOUND');
    expect(error.message).toMatch(/'ad'.*'add'/);
    expect(await pool.run('add', [1, 2])).toBe(3);
  });

  test('and like none is refused with some that there are', async () => {
    const pool = openPoolOn('./modules/mixed.mjs');
    await pool.ready();
    expect((await rejection(pool.run('zzzzzzzz', []))).message).toMatch(/'twice'/);
  });

  test.each([
    ['before the pool is ready', false],
    ['once the pool is ready', true],
  ])('because its export is no function is refused, saying what it is, %s', async (_when, ready) => {
    const pool = openPoolOn<{ limit: never }>('./modules/mixed.mjs');
    if (ready) await pool.ready();
    const error = await rejection(pool.run('limit' as never, [] as never));
    expect(error).toBeInstanceOf(TaskNotFoundError);
    expect(error.message).toMatch(/'limit'/);
    expect(error.message).toMatch(/number/);
  });

  test('because it is a hook is refused', async () => {
    const pool = openPoolOn('./modules/hooks.mjs', { workerData: { gates: openPool().gates.words } });
    await pool.ready();
    expect(await rejection(pool.run('init', []))).toBeInstanceOf(TaskNotFoundError);
    expect(await rejection(pool.run('teardown', []))).toBeInstanceOf(TaskNotFoundError);
  });

  test.each(['toString', '__proto__', 'constructor', 'hasOwnProperty', ''])(
    'like %j is refused like any other',
    async (name) => {
      const pool = openPoolOn('./modules/mixed.mjs');
      expect(await rejection(pool.run(name, []))).toBeInstanceOf(TaskNotFoundError);
      await pool.ready();
      expect(await rejection(pool.run(name, []))).toBeInstanceOf(TaskNotFoundError);
    },
  );
});

describe('init and teardown', () => {
  test('run once per thread: init before the first task, teardown after the last', async () => {
    const { gates } = openPool();
    const workerData = { gates: gates.words };
    const pool = openPoolOn<{ state: () => string }>('./modules/hooks.mjs', { threads: 2, workerData });
    expect(await pool.run('state', [])).toBe('initialised');
    await pool.ready();
    expect(gates.arrivals(0)).toBe(2);
    await pool.close();
    expect(gates.arrivals(1)).toBe(2);
  });

  test('ready() waits for an init that awaits', async () => {
    const { gates } = openPool();
    const pool = openPoolOn('./modules/slow-init.mjs', { workerData: { gates: gates.words } });
    let isReady = false;
    const ready = pool.ready().then(() => (isReady = true));
    await gates.arrived(0);
    expect(isReady).toBe(false);
    gates.open(0);
    await ready;
  });

  test('a teardown that fails is told of in an error event, and the pool closes all the same', async () => {
    const pool = openPoolOn('./modules/teardown-fails.mjs');
    await pool.ready();
    const told = nextEvent<'error', PoolErrorEvent>(pool, 'error');
    await pool.close();
    expect((await told).error).toMatchObject({ message: 'Cannot tidy up' });
  });
});

describe('a module', () => {
  test('may be CommonJS', async () => {
    const pool = openPoolOn<{ triple(value: number): number }>('./modules/common.cjs');
    expect(await pool.run('triple', [2])).toBe(6);
  });

  test('may export its tasks as members of its default', async () => {
    const pool = openPoolOn<{ half(value: number): number }>('./modules/default-object.mjs');
    expect(await pool.run('half', [4])).toBe(2);
  });

  test('may await at its top level', async () => {
    const pool = openPoolOn<{ answer(): number }>('./modules/top-level-await.mjs');
    expect(await pool.run('answer', [])).toBe(42);
  });

  test('may be given as a path, relative to the working directory', async () => {
    const pool = createPool<{ twice(value: number): number }>('test/conformance/modules/mixed.mjs', { threads: 1 });
    expect(await pool.run('twice', [4])).toBe(8);
    await pool.close();
  });

  test('may be given as the text of a file: URL', async () => {
    const pool = openPoolOn<{ twice(value: number): number }>(new URL('./modules/mixed.mjs', import.meta.url).href);
    expect(await pool.run('twice', [4])).toBe(8);
  });

  test('may lie at a path with spaces and other odd characters', async () => {
    const pool = openPoolOn<{ fine(): string }>('./modules/odd%20n%C3%A4me%20%23.mjs');
    expect(await pool.run('fine', [])).toBe('fine');
  });

  test('is loaded once per thread', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    await pool.ready();
    const both = [pool.run('hold', [0]), pool.run('hold', [0])];
    await gates.arrived(0, 2);
    gates.open(0);
    await Promise.all(both);
    const calls = await Promise.all(Array.from({ length: 100 }, () => pool.run('calledSoFar', [])));
    expect(calls.reduce((highest, each) => Math.max(highest, each), 0)).toBeGreaterThanOrEqual(50);
  });
});

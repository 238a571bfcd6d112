/** The end of a pool. */
import { describe, expect, test } from 'vitest';
import { PoolClosedError, TaskCancelledError, type ThreadExitEvent } from 'reveille';
import { nextEvent, openPool, rejection } from './_pool.ts';

describe('close()', () => {
  test('finishes what runs and what is queued, then lets the threads leave, and reports', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    await pool.ready();
    const all = Array.from({ length: 2000 }, () => pool.run('visit', [0]));
    const held = pool.run('hold', [1]);
    const closing = pool.close();
    gates.open(1);
    const report = await closing;
    await Promise.all([...all, held]);
    expect(gates.arrivals(0)).toBe(2000);
    expect(report).toMatchObject({
      clean: true,
      tasks: { completed: 2001, failed: 0, cancelled: 0 },
      leftBehind: { threads: 0, bytes: 0 },
    });
    expect(report.threads.map(({ index, end, exitCode }) => [index, end, exitCode]).sort()).toEqual([
      [0, 'exited', 0],
      [1, 'exited', 0],
    ]);
    expect(report.ms).toBeGreaterThan(0);
  });

  test('refuses new work at once, and so does ready()', async () => {
    const { pool, gates } = openPool();
    const held = pool.run('hold', [0]);
    const closing = pool.close();
    const error = await rejection(pool.run('addOne', [1]));
    expect(error).toBeInstanceOf(PoolClosedError);
    expect(error.code).toBe('ERR_POOL_CLOSED');
    expect(error.message).toMatch(/closed/);
    expect(await rejection(pool.ready())).toBeInstanceOf(PoolClosedError);
    expect(await rejection(pool.tasks.addOne(1))).toBeInstanceOf(PoolClosedError);
    gates.open(0);
    await Promise.all([held, closing]);
    expect(await rejection(pool.run('addOne', [1]))).toBeInstanceOf(PoolClosedError);
  });

  test('may be called again: everybody gets the same report', async () => {
    const { pool } = openPool();
    await pool.ready();
    const [first, second] = await Promise.all([pool.close(), pool.close()]);
    expect(second).toBe(first);
    expect(await pool.close()).toBe(first);
    expect(await pool.destroy()).toBe(first);
  });

  test('before any thread is ready ends them', async () => {
    const { pool } = openPool({ threads: 2 });
    const waiting = rejection(pool.ready());
    const report = await pool.close();
    expect(await waiting).toBeInstanceOf(PoolClosedError);
    expect(report.leftBehind).toEqual({ threads: 0, bytes: 0 });
    expect(pool.stats().threads).toBe(0);
  });

  test('before any thread is ready finishes what was submitted', async () => {
    const { pool } = openPool({ threads: 2 });
    const answer = pool.run('addOne', [1]);
    const report = await pool.close();
    expect(await answer).toBe(2);
    expect(report.tasks.completed).toBe(1);
  });

  test('waits for asynchronous tasks in flight', async () => {
    const { pool, gates } = openPool({ concurrency: 3 });
    const held = [0, 1, 2].map((gate) => pool.run('holdAsync', [gate]));
    await Promise.all([0, 1, 2].map((gate) => gates.arrived(gate)));
    const closing = pool.close();
    gates.open(2, 1, 0);
    expect(await Promise.all(held)).toEqual([0, 0, 0]);
    expect((await closing).clean).toBe(true);
  });

  test('with a timeout ends what has not ended by then', async () => {
    const { pool, gates } = openPool();
    const running = rejection(pool.run('blockForEver', [0]));
    const queued = rejection(pool.run('visit', [1]));
    await gates.arrived(0);
    const report = await pool.close({ timeout: 10 });
    expect(await running).toBeInstanceOf(TaskCancelledError);
    expect(await queued).toBeInstanceOf(TaskCancelledError);
    expect(report).toMatchObject({ clean: false, tasks: { completed: 0, cancelled: 2 } });
    expect(report.leftBehind).toEqual({ threads: 0, bytes: 0 });
    expect(report.threads).toMatchObject([{ index: 0, end: 'terminated' }]);
    expect(gates.arrivals(1)).toBe(0);
  });

  test('with a timeout that is not needed is clean', async () => {
    const { pool } = openPool();
    await pool.run('addOne', [1]);
    expect((await pool.close({ timeout: 60_000 })).clean).toBe(true);
  });

  test('goes on when the last callers give up on tasks that never end', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const running = rejection(pool.run('blockForEver', [0], { signal: controller.signal, killAfter: 1 }));
    await gates.arrived(0);
    const closing = pool.close();
    controller.abort();
    await running;
    expect((await closing).leftBehind).toEqual({ threads: 0, bytes: 0 });
  });

  test('goes on when a thread dies meanwhile', async () => {
    const { pool, gates } = openPool();
    const crash = rejection(pool.run('exit', [1]));
    const queued = pool.run('visit', [0]);
    const report = await pool.close();
    await crash;
    await queued;
    expect(gates.arrivals(0)).toBe(1);
    expect(report.tasks).toEqual({ completed: 1, failed: 1, cancelled: 0 });
  });

  test('is what await using does', async () => {
    const { pool, gates } = openPool();
    const queued = pool.run('visit', [0]);
    expect(await pool[Symbol.asyncDispose]()).toBeUndefined();
    await queued;
    expect(gates.arrivals(0)).toBe(1);
    expect(await rejection(pool.run('addOne', [1]))).toBeInstanceOf(PoolClosedError);
  });

  test.each([
    [{ timeout: -1 }, RangeError, /'timeout'.*-1/],
    [{ timeout: '1' }, TypeError, /'timeout'.*'1'/],
    [{ timeOut: 1 }, TypeError, /'timeOut'.*'timeout'/],
  ])('refuses the options %j, and the pool stays open', async (options, type, message) => {
    const { pool } = openPool();
    const attempt = async (): Promise<unknown> => await pool.close(options as never);
    await expect(attempt()).rejects.toThrow(type);
    await expect(attempt()).rejects.toThrow(message);
    expect(await pool.run('addOne', [1])).toBe(2);
  });
});

describe('destroy()', () => {
  test('cancels every task, ends every thread, and reports', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    const all = [
      ...[0, 0].map((gate) => pool.run('blockForEver', [gate])),
      ...Array.from({ length: 2000 }, () => pool.run('visit', [1])),
    ].map((each) => rejection(each));
    await gates.arrived(0, 2);
    const report = await pool.destroy();
    for (const error of await Promise.all(all)) expect(error).toBeInstanceOf(TaskCancelledError);
    expect(report).toMatchObject({ clean: false, tasks: { completed: 0, cancelled: 2002 } });
    expect(report.leftBehind).toEqual({ threads: 0, bytes: 0 });
    expect(gates.arrivals(1)).toBe(0);
    expect(pool.stats().threads).toBe(0);
  });

  test('ends the wait of a close()', async () => {
    const { pool, gates } = openPool();
    const running = rejection(pool.run('blockForEver', [0]));
    await gates.arrived(0);
    const closing = pool.close();
    const report = await pool.destroy();
    expect(await closing).toBe(report);
    expect(await running).toBeInstanceOf(TaskCancelledError);
  });

  test('of a pool that has just been made leaves nothing', async () => {
    const { pool } = openPool({ threads: 3 });
    const report = await pool.destroy();
    expect(report.leftBehind).toEqual({ threads: 0, bytes: 0 });
    expect(await rejection(pool.ready())).toBeInstanceOf(PoolClosedError);
    expect(await rejection(pool.run('addOne', [1]))).toBeInstanceOf(PoolClosedError);
  });

  test('does not run teardown in a thread that is busy', async () => {
    const { pool, gates } = openPool();
    const ended = nextEvent<'threadexit', ThreadExitEvent>(pool, 'threadexit');
    const running = rejection(pool.run('loopForEver', [0]));
    await gates.arrived(0);
    await pool.destroy();
    expect((await ended).end).toBe('terminated');
    await running;
  });
});

test('ten pools one after another leave room for the next', async () => {
  for (let round = 0; round < 10; round++) {
    const { pool } = openPool({ threads: 2 });
    expect(await pool.run('addOne', [round])).toBe(round + 1);
    expect((await (round % 2 === 0 ? pool.close() : pool.destroy())).leftBehind).toEqual({ threads: 0, bytes: 0 });
  }
});

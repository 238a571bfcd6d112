/** Threads that die: what their callers are told, and what becomes of everybody else. */
import { describe, expect, test } from 'vitest';
import { ThreadCrashedError, type ThreadExitEvent } from 'reveille';
import { nextEvent, openPool, rejection } from './_pool.ts';

describe('a thread that dies under a task', () => {
  test('by process.exit: the caller is told the task, the thread and the exit code', async () => {
    const { pool } = openPool();
    const error = await rejection(pool.run('exit', [7]));
    expect(error).toBeInstanceOf(ThreadCrashedError);
    expect(error).toMatchObject({
      name: 'ThreadCrashedError',
      code: 'ERR_THREAD_CRASHED',
      task: 'exit',
      threadIndex: 0,
      exitCode: 7,
    });
    expect(error.message).toMatch(/Thread 0 .*'exit'.*exit code 7/);
  });

  test('by an error that is thrown in a timer: the caller is told that error as the cause', async () => {
    const { pool } = openPool();
    const error = await rejection(pool.run('throwFromTimer', [0]));
    expect(error).toBeInstanceOf(ThreadCrashedError);
    expect(error).toMatchObject({ task: 'throwFromTimer', exitCode: 1 });
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'Thrown in a timer' });
  });

  test('by a rejection that nobody handles: the caller is told its reason as the cause', async () => {
    const { pool } = openPool();
    const error = await rejection(pool.run('rejectUnhandled', []));
    expect(error).toBeInstanceOf(ThreadCrashedError);
    expect(error).toMatchObject({ task: 'rejectUnhandled', exitCode: 1 });
    const { name, message, code } = error.cause as Error & { code: string };
    expect([name, message, code]).toEqual(['RangeError', 'Rejected, and nobody cares', 'E_REJECTED']);
  });

  test('is replaced, and the pool goes on', async () => {
    const { pool } = openPool();
    for (let death = 0; death < 3; death++) {
      await rejection(pool.run('exit', [1]));
      expect(await pool.run('addOne', [death])).toBe(death + 1);
    }
    expect(pool.stats()).toMatchObject({ crashed: 3, failed: 3, completed: 3 });
  });

  test('leaves the deadline of a task to its next run, and to no task that takes its place meanwhile', async () => {
    const { pool } = openPool();
    await pool.ready();
    const again = pool.run('exitAtFirst', [0, 1], { retryOnCrash: 1, timeout: 60_000 });
    // More than can be out at a time: the first of those that wait takes the place of the one that died.
    const deadlines = await Promise.all(Array.from({ length: 2000 }, () => pool.run('deadline', [])));
    expect(new Set(deadlines)).toEqual(new Set([Infinity]));
    await again;
    expect(pool.stats().crashed).toBe(1);
  });

  test('takes only its own task with it: what was queued runs elsewhere, once', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    await pool.ready();
    const other = pool.run('hold', [0]);
    await gates.arrived(0);
    const crash = rejection(pool.run('exit', [1]));
    const queued = Array.from({ length: 500 }, () => pool.run('visit', [1]));
    expect(await crash).toBeInstanceOf(ThreadCrashedError);
    await Promise.all(queued);
    gates.open(0);
    expect(await other).toBeTypeOf('number');
    expect(gates.arrivals(1)).toBe(500);
  });

  test('takes along every task that it had in flight, each told its own name', async () => {
    const { pool, gates } = openPool({ concurrency: 3 });
    const held = [rejection(pool.run('holdAsync', [0])), rejection(pool.run('awaitSignal', [0]))];
    await gates.arrived(0, 2);
    const crash = rejection(pool.run('exit', [2]));
    expect((await Promise.all([...held, crash])).map(({ task }) => task)).toEqual(['holdAsync', 'awaitSignal', 'exit']);
  });

  test('after its task had answered harms no caller', async () => {
    const { pool, gates } = openPool();
    expect(await pool.run('exitOnceOpen', [0])).toBeUndefined();
    const gone = nextEvent<'threadexit', ThreadExitEvent>(pool, 'threadexit');
    gates.open(0);
    expect((await gone).exitCode).toBe(3);
    expect(await pool.run('addOne', [1])).toBe(2);
    expect(pool.stats()).toMatchObject({ crashed: 0, failed: 0, completed: 2 });
  });

  test('is told of in a threadexit event with its index, exit code and cause', async () => {
    const { pool } = openPool();
    const gone = nextEvent<'threadexit', ThreadExitEvent>(pool, 'threadexit');
    await rejection(pool.run('throwFromTimer', [0]));
    const { threadIndex, end, exitCode, cause } = await gone;
    expect({ threadIndex, end, exitCode }).toEqual({ threadIndex: 0, end: 'exited', exitCode: 1 });
    expect((cause as Error).message).toBe('Thrown in a timer');
  });

  test('while its arguments are on their way by message leaves the pool whole', async () => {
    const { pool } = openPool();
    const words = new Int32Array(new SharedArrayBuffer(4));
    const crash = rejection(pool.run('exit', [1]));
    const behind = pool.run('write', [words, 5]);
    await crash;
    await behind;
    expect(words[0]).toBe(5);
  });
});

describe('retryOnCrash', () => {
  test('runs the task again, with the same arguments', async () => {
    const { pool, gates } = openPool();
    expect(await pool.run('exitAtFirst', [0, 2], { retryOnCrash: 2 })).toBe('survived');
    expect(gates.arrivals(0)).toBe(3);
    expect(pool.stats()).toMatchObject({ crashed: 2, failed: 0, completed: 1 });
  });

  test('gives up after so many times', async () => {
    const { pool, gates } = openPool();
    expect(await rejection(pool.run('exitAtFirst', [0, 5], { retryOnCrash: 1 }))).toBeInstanceOf(ThreadCrashedError);
    expect(gates.arrivals(0)).toBe(2);
  });

  test('is off by default', async () => {
    const { pool, gates } = openPool();
    expect(await rejection(pool.run('exitAtFirst', [0, 1]))).toBeInstanceOf(ThreadCrashedError);
    expect(gates.arrivals(0)).toBe(1);
  });

  test('does not run a task again that threw', async () => {
    const { pool, gates } = openPool();
    await rejection(pool.run('loopUntilThrown', [0], { retryOnCrash: 3, timeout: 1000, signal: AbortSignal.abort() }));
    await rejection(pool.run('refuse', [], { retryOnCrash: 3 }));
    expect(gates.arrivals(0)).toBe(0);
    expect(pool.stats().crashed).toBe(0);
  });

  test.each([
    ['thousands of objects', Array.from({ length: 20_000 }, (_, i) => ({ i }))],
    ['a text of half a megabyte', 'x'.repeat(500_000)],
    [
      'a map in itself',
      (() => {
        const map = new Map<string, unknown>();
        return map.set('self', map);
      })(),
    ],
    ['bytes', new Uint8Array(100_000).fill(4)],
    ['shared memory', new Uint8Array(new SharedArrayBuffer(8)).fill(4)],
  ] as [string, unknown][])('has its arguments at hand for the next run: %s', async (_what, load) => {
    const { pool } = openPool();
    const answer = await pool.run('exitAtFirstWith', [{ gate: 0, load }], { retryOnCrash: 1 });
    expect(Object.prototype.toString.call(answer)).toBe(Object.prototype.toString.call(load));
    expect((answer as string).length ?? (answer as Map<unknown, unknown>).size).toBe(
      (load as string).length ?? (load as Map<unknown, unknown>).size,
    );
  });

  test('keeps bytes that are the only argument for the next run', async () => {
    const { pool } = openPool();
    // The thread dies of the first task; the second, behind it, must not lose its bytes.
    const crash = rejection(pool.run('exit', [1]));
    const bytes = new Uint8Array(100_000).fill(1);
    const total = pool.run('sum', [bytes], { retryOnCrash: 1 });
    await crash;
    expect(await total).toBe(100_000);
  });

  test('ends with the caller: a cancelled task does not run again', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const gone = nextEvent(pool, 'threadexit');
    const running = pool.run('neverSettle', [0], { signal: controller.signal, killAfter: 0, retryOnCrash: 5 });
    await gates.arrived(0);
    controller.abort();
    await rejection(running);
    await gone;
    await pool.run('nothing', []);
    expect(gates.arrivals(0)).toBe(1);
  });
});

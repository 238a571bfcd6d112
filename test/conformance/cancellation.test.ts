/** Callers that give up: signals, deadlines, and tasks that do not listen. */
import { describe, expect, test } from 'vitest';
import { DeadlineExceededError, now, ThreadCrashedError } from 'reveille';
import { type Gates, nextEvent, openPool, rejection } from './_pool.ts';

/** Runs a task that arrives at gate 0, with ever longer timeouts until one has let it start. */
async function timeOutOnceStarted(gates: Gates, run: (timeout: number) => Promise<unknown>): Promise<void> {
  for (let timeout = 5; gates.arrivals(0) === 0; timeout *= 2) {
    expect(await rejection(run(timeout))).toBeInstanceOf(DeadlineExceededError);
  }
}

describe('a signal that fires', () => {
  test('removes a queued task: it never runs', async () => {
    const { pool, gates } = openPool();
    const running = pool.run('hold', [0]);
    await gates.arrived(0);
    const controller = new AbortController();
    const queued = pool.run('visit', [1], { signal: controller.signal });
    const behind = pool.run('visit', [2]);
    controller.abort();
    expect((await rejection(queued)).name).toBe('AbortError');
    gates.open(0);
    await Promise.all([running, behind]);
    expect(gates.arrivals(1)).toBe(0);
    expect(gates.arrivals(2)).toBe(1);
  });

  test('removes a task that waits behind thousands of others', async () => {
    const { pool, gates } = openPool();
    const running = pool.run('hold', [0]);
    await gates.arrived(0);
    const ahead = Array.from({ length: 3000 }, () => pool.run('nothing', []));
    const controller = new AbortController();
    const queued = [pool.run('visit', [1], { signal: controller.signal }), pool.run('visit', [2])];
    controller.abort();
    await rejection(queued[0] as Promise<unknown>);
    gates.open(0);
    await Promise.all([running, ...ahead, queued[1]]);
    expect([gates.arrivals(1), gates.arrivals(2)]).toEqual([0, 1]);
  });

  test('answers the caller of a running task at once, while the task goes on', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const running = pool.run('hold', [0], { signal: controller.signal });
    await gates.arrived(0);
    controller.abort();
    expect((await rejection(running)).name).toBe('AbortError');
    gates.open(0);
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('is seen by a loop that reads task.cancelled and never leaves the event loop a turn', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const running = pool.run('loopUntilCancelled', [0], { signal: controller.signal });
    await gates.arrived(0);
    controller.abort();
    await rejection(running);
    await gates.arrived(1);
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('ends a loop that calls task.throwIfCancelled()', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const running = pool.run('loopUntilThrown', [0], { signal: controller.signal });
    await gates.arrived(0);
    controller.abort();
    await rejection(running);
    await gates.arrived(1);
  });

  test('fires task.signal of an asynchronous task, with an AbortError as its reason', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const running = pool.run('awaitSignal', [0], { signal: controller.signal });
    await gates.arrived(0);
    controller.abort();
    await rejection(running);
    await gates.arrived(1);
    expect(await pool.run('signalSeen', [])).toBe('AbortError: true true');
  });

  test('rejects with the reason that it was given', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const running = pool.run('hold', [0], { signal: controller.signal });
    const queued = pool.run('visit', [1], { signal: controller.signal });
    await gates.arrived(0);
    const reason = { why: 'changed my mind' };
    controller.abort(reason);
    expect(await rejection(running)).toBe(reason);
    expect(await rejection(queued)).toBe(reason);
  });

  test('had fired before the call: the task never runs, and the reason is kept', async () => {
    const { pool, gates } = openPool();
    const reason = new Error('Too late');
    expect(await rejection(pool.run('visit', [0], { signal: AbortSignal.abort(reason) }))).toBe(reason);
    await pool.run('visit', [1]);
    expect(gates.arrivals(0)).toBe(0);
  });

  test('after the task was done has no effect', async () => {
    const { pool } = openPool();
    const controller = new AbortController();
    expect(await pool.run('addOne', [1], { signal: controller.signal })).toBe(2);
    controller.abort();
    expect(await pool.run('isCancelled', [])).toBe(false);
  });

  test('cancels every task that it was given to, and no other', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    const controller = new AbortController();
    const other = pool.run('hold', [0]);
    const mine = [1, 1, 1].map((gate) => pool.run('hold', [gate], { signal: controller.signal }));
    await Promise.all([gates.arrived(0), gates.arrived(1)]);
    controller.abort();
    for (const each of mine) expect((await rejection(each)).name).toBe('AbortError');
    gates.open(0, 1);
    expect(await other).toBeTypeOf('number');
    expect(pool.stats()).toMatchObject({ cancelled: 3, completed: 1 });
  });

  test('leaves nothing on the signal once the task is over', async () => {
    const { pool } = openPool();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    await Promise.all(Array.from({ length: 10 }, (_, i) => pool.run('addOne', [i], { signal })));
    await rejection(pool.run('refuse', [], { signal }));
    expect(listeners).toBe(0);
  });
});

describe('a timeout', () => {
  test('answers with a DeadlineExceededError that names the task and the time', async () => {
    const { pool } = openPool();
    const error = await rejection(pool.run('loopUntilCancelled', [0], { timeout: 20 }));
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_DEADLINE_EXCEEDED' });
    expect(error.message).toMatch(/'loopUntilCancelled'.*20 ms/);
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('never comes early', async () => {
    const { pool, gates } = openPool();
    const running = pool.run('hold', [0]);
    await gates.arrived(0);
    const overdue = Array.from({ length: 20 }, async (_, i) => {
      const before = now();
      await rejection(pool.run('nothing', [], { timeout: i + 0.5 }));
      return now() - before - (i + 0.5);
    });
    for (const late of await Promise.all(overdue)) expect(late).toBeGreaterThanOrEqual(0);
    gates.open(0);
    await running;
  });

  test('counts the time in the queue: what waits too long never runs', async () => {
    const { pool, gates } = openPool();
    const running = pool.run('hold', [0]);
    await gates.arrived(0);
    expect(await rejection(pool.run('visit', [1], { timeout: 5 }))).toBeInstanceOf(DeadlineExceededError);
    gates.open(0);
    await running;
    await pool.run('nothing', []);
    expect(gates.arrivals(1)).toBe(0);
  });

  test('fires task.signal', async () => {
    const { pool, gates } = openPool();
    await timeOutOnceStarted(gates, (timeout) => pool.run('awaitSignal', [0], { timeout }));
    await gates.arrived(1);
  });

  test('is the default of the pool, which a task may override', async () => {
    const { pool, gates } = openPool({ timeout: 10, threads: 2 });
    const patient = pool.run('hold', [0], { timeout: Infinity });
    expect(await rejection(pool.run('loopUntilCancelled', [1]))).toBeInstanceOf(DeadlineExceededError);
    expect(await rejection(pool.tasks.loopUntilCancelled(3))).toBeInstanceOf(DeadlineExceededError);
    gates.open(0);
    expect(await patient).toBeTypeOf('number');
  });

  test('can be read by the task as its deadline, on the clock of now()', async () => {
    const { pool } = openPool();
    const before = now();
    const deadline = await pool.run('deadline', [], { timeout: 60_000 });
    expect(deadline).toBeGreaterThanOrEqual(before + 60_000);
    expect(deadline).toBeLessThanOrEqual(now() + 60_000);
    expect(await pool.run('deadline', [])).toBe(Infinity);
  });

  test('that is far away does no harm', async () => {
    const { pool } = openPool();
    expect(await pool.run('addOne', [1], { timeout: 2 ** 33 })).toBe(2);
  });

  test('and a signal go together: the first counts', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const running = pool.run('hold', [0], { timeout: 60_000, signal: controller.signal });
    await gates.arrived(0);
    controller.abort();
    expect((await rejection(running)).name).toBe('AbortError');
  });
});

describe('killAfter', () => {
  test.each(['blockForEver', 'loopForEver', 'neverSettle'] as const)(
    'ends the thread of a cancelled task that does not stop (%s), and replaces it',
    async (name) => {
      const { pool, gates } = openPool();
      const gone = nextEvent(pool, 'threadexit');
      const controller = new AbortController();
      const running = pool.run(name, [0], { signal: controller.signal, killAfter: 5 });
      await gates.arrived(0);
      controller.abort();
      expect((await rejection(running)).name).toBe('AbortError');
      await gone;
      expect(await pool.run('addOne', [1])).toBe(2);
    },
  );

  test('counts from the end of the timeout', async () => {
    const { pool, gates } = openPool();
    const gone = nextEvent(pool, 'threadexit');
    await timeOutOnceStarted(gates, (timeout) => pool.run('blockForEver', [0], { timeout, killAfter: 0 }));
    await gone;
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('spares the thread of a task that stops by itself', async () => {
    const { pool, gates } = openPool();
    let exits = 0;
    pool.addEventListener('threadexit', () => exits++);
    const controller = new AbortController();
    const running = pool.run('loopUntilCancelled', [0], { signal: controller.signal, killAfter: 30_000 });
    await gates.arrived(0);
    controller.abort();
    await rejection(running);
    await gates.arrived(1);
    expect(await pool.run('addOne', [1])).toBe(2);
    expect(exits).toBe(0);
  });

  test('takes the other tasks of that thread along, whose callers get a ThreadCrashedError that says why', async () => {
    const { pool, gates } = openPool({ concurrency: 2 });
    const other = rejection(pool.run('holdAsync', [1]));
    await gates.arrived(1);
    await timeOutOnceStarted(gates, (timeout) => pool.run('neverSettle', [0], { timeout, killAfter: 0 }));
    const error = await other;
    expect(error).toBeInstanceOf(ThreadCrashedError);
    expect(error.message).toMatch(/'neverSettle'/);
    expect(error).toMatchObject({ task: 'holdAsync', threadIndex: 0 });
  });

  test('is needed: without it the thread goes on and the task may still end', async () => {
    const { pool, gates } = openPool();
    let exits = 0;
    pool.addEventListener('threadexit', () => exits++);
    await timeOutOnceStarted(gates, (timeout) => pool.run('spinUntilOpen', [0], { timeout }));
    gates.open(0);
    expect(await pool.run('addOne', [1])).toBe(2);
    expect(exits).toBe(0);
  });
});

/** Locks between real threads, and what becomes of them when a thread dies. */
import { Worker } from 'node:worker_threads';
import {
  Condition,
  createPool,
  formatWaits,
  inspectWaits,
  ManualResetEvent,
  Mutex,
  type Pool,
  type PoolMessageEvent,
  ReadWriteLock,
  superviseThread,
} from 'reveille';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PATIENCE, scaled } from '../support/scale.ts';
import { FEW_THREADS, nextEvent, rejection } from './_pool.ts';

type Tasks = typeof import('./_lock-tasks.mjs');

const TASKS = new URL('./_lock-tasks.mjs', import.meta.url);
/** How many owners are ended. */
const DEATHS = scaled(100, 5);

function openPool(threads = 1): Pool<Tasks> {
  const pool = createPool<Tasks>(TASKS, { ...FEW_THREADS, threads });
  onTestFinished(async () => void (await pool.destroy()));
  return pool;
}

function keep<T extends Disposable>(thing: T): T {
  onTestFinished(() => thing[Symbol.dispose]());
  return thing;
}

function startWorker(locks: object): { worker: Worker; buried: Promise<void>; message(): Promise<unknown> } {
  const worker = new Worker(TASKS, { workerData: { locks }, execArgv: [] });
  worker.on('error', () => {});
  return {
    worker,
    buried: superviseThread(worker),
    // Not `once` of node:events: an error of the worker is none of the test.
    message: () => new Promise((resolve) => worker.once('message', resolve)),
  };
}

const posted = async (pool: Pool<Tasks>, what: string): Promise<unknown> =>
  nextEvent<'message', PoolMessageEvent>(pool, 'message', ({ data }) => data === what);

describe('a mutex whose owner is ended', PATIENCE, () => {
  test(`by a killed task goes to whoever waits, who is told: ${DEATHS} of ${DEATHS}`, async () => {
    const pool = openPool();
    const mutex = keep(new Mutex());
    let told = 0;
    for (let death = 0; death < DEATHS; death++) {
      const controller = new AbortController();
      const locked = posted(pool, 'locked');
      const run = rejection(pool.run('lockAndWait', [mutex], { signal: controller.signal, killAfter: 0 }));
      await locked;
      const next = mutex.lock();
      controller.abort();
      const guard = await next;
      if (guard.wasAbandoned) told++;
      guard.release();
      await run;
    }
    expect(told).toBe(DEATHS);
  });

  test('by the end of its pool, while it is blocked, goes to whoever waits', async () => {
    const mutex = keep(new Mutex());
    const pool = createPool<Tasks>(TASKS, FEW_THREADS);
    const words = new Int32Array(new SharedArrayBuffer(4));
    const run = rejection(pool.run('lockAndFreeze', [mutex, words, 0]));
    const wait = Atomics.waitAsync(words, 0, 0);
    await wait.value;
    const next = mutex.lock();
    await pool.destroy();
    expect((await next).wasAbandoned).toBe(true);
    await run;
  });

  test(`goes on also from a worker that was started by hand: ${DEATHS} of ${DEATHS}`, async () => {
    const mutex = keep(new Mutex());
    let told = 0;
    const die = async (): Promise<void> => {
      const { worker, buried, message } = startWorker({ first: mutex.handle, ending: 'terminate' });
      expect(await message()).toBe('locked');
      const next = mutex.lock();
      void worker.terminate();
      const guard = await next;
      if (guard.wasAbandoned) told++;
      guard.release();
      await buried;
    };
    for (let death = 0; death < DEATHS; death++) await die();
    expect(told).toBe(DEATHS);
  });

  test.each(['exit', 'throw'])('or from one that ends itself (%s)', async (ending) => {
    const mutex = keep(new Mutex());
    const { buried, message } = startWorker({ first: mutex.handle, ending });
    expect(await message()).toBe('locked');
    await buried;
    const guard = await mutex.lock();
    expect(guard.wasAbandoned).toBe(true);
    guard.release();
    expect((await mutex.lock()).wasAbandoned).toBe(false);
  });
});

describe('a read-write lock', () => {
  test.each(['read', 'write'] as const)('whose owner is ended while it has it to %s is handed on', async (mode) => {
    const pool = openPool();
    const lock = keep(new ReadWriteLock());
    const controller = new AbortController();
    const held = posted(pool, 'held');
    const run = rejection(pool.run('holdAndWait', [lock, mode], { signal: controller.signal, killAfter: 0 }));
    await held;
    const next = lock.write();
    controller.abort();
    expect((await next).wasAbandoned).toBe(mode === 'write');
    await run;
  });
});

describe('between threads', () => {
  test('a mutex keeps them apart, however they wait', async () => {
    const pool = openPool(2);
    const mutex = keep(new Mutex());
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const runs = [0, 1].map(() => pool.run('countUp', [mutex, counter, 2_000]));
    for (let round = 0; round < 500; round++) {
      await mutex.run(() => void (counter[0] = (counter[0] as number) + 1));
    }
    await Promise.all(runs);
    expect(counter[0]).toBe(4_500);
  });

  test('every item is taken by one of those that wait for the condition', async () => {
    const pool = openPool(2);
    const mutex = keep(new Mutex());
    const changed = keep(new Condition(mutex));
    const items = new Int32Array(new SharedArrayBuffer(4));
    const runs = [0, 1].map(() => pool.run('takeItems', [mutex, changed, items, 300]));
    for (let round = 0; round < 600; round++) {
      await mutex.run(() => void (items[0] = (items[0] as number) + 1));
      changed.notifyOne();
    }
    await Promise.all(runs);
    expect(items[0]).toBe(0);
  });
});

describe('nobody is kept waiting for ever', () => {
  test('by a thread that locks a mutex again and again', async () => {
    const pool = openPool();
    const mutex = keep(new Mutex());
    const stop = keep(new ManualResetEvent());
    const hogging = posted(pool, 'hogging');
    const run = pool.run('hogMutex', [mutex, stop]);
    await hogging;
    for (let round = 0; round < 5; round++) (await mutex.lock()).release();
    stop.set();
    await run;
  });

  test.each([
    ['hogReading', 'write'],
    ['hogWriting', 'read'],
    ['hogWriting', 'write'],
  ] as const)('by threads that lock a read-write lock again and again (%s, to %s)', async (task, mode) => {
    const pool = openPool(2);
    const lock = keep(new ReadWriteLock());
    const stop = keep(new ManualResetEvent());
    const hogging = posted(pool, 'hogging');
    const runs = [0, 1].map(() => pool.run(task, [lock, stop]));
    await hogging;
    for (let round = 0; round < 5; round++) (await lock[mode]()).release();
    stop.set();
    await Promise.all(runs);
  });
});

describe('inspectWaits', () => {
  test('names the threads that wait for each other', async () => {
    const [first, second] = [keep(new Mutex()), keep(new Mutex())];
    const workers = [
      startWorker({ first: first.handle, second: second.handle, ending: 'terminate' }),
      startWorker({ first: second.handle, second: first.handle, ending: 'terminate' }),
    ];
    expect(await Promise.all(workers.map(({ message }) => message()))).toEqual(['locked', 'locked']);
    const here = first.lock();
    const waiting = workers.map(({ message }) => message());
    for (const { worker } of workers) worker.postMessage('go on');
    expect(await Promise.all(waiting)).toEqual(['waiting', 'waiting']);
    const report = inspectWaits();
    expect(report.deadlocks).toHaveLength(1);
    expect(report.deadlocks[0]?.threads).toHaveLength(2);
    const each = 'thread \\d+ waits for the Mutex at \\d+, which thread \\d+ has';
    expect(formatWaits(report)).toMatch(new RegExp(`^Deadlock, unless other flows .*: ${each}; ${each}$`, 'm'));
    expect(formatWaits(report)).toMatch(/^Here Mutex\.lock has waited \d+ ms for Mutex at \d+$/m);
    await Promise.all(workers.map(({ worker, buried }) => [worker.terminate(), buried]).flat());
    expect((await here).wasAbandoned).toBe(true);
    expect(inspectWaits().deadlocks).toEqual([]);
  });
});

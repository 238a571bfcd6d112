/** Threads die at each step of their life: while they load, claim, run, answer, tear down, and while the pool ends. */
import { describe, expect, test } from 'vitest';
import { createPool, type Pool, type PoolOptions } from 'reveille';
import './_ledger.ts';
import { residue, type Residue, settledLoop } from './_residue.ts';
import { PATIENCE } from '../support/scale.ts';

type Phases = typeof import('./_phases.mjs');
type Step = 'load' | 'init' | 'teardown';

const LOADS = 0;
const RUNNING = 3;
const BLOCK = 4;
const OUTLIVED = 5;
const GATE = 8;

interface Setup {
  readonly pool: Pool<Phases>;
  readonly words: Int32Array;
  /** What `error` events told. */
  readonly errors: unknown[];
  open(gate: number): void;
  /** Resolves when a step has been reached `times` times. */
  reached(word: number, times: number): Promise<void>;
}

function start(plan: Partial<Record<Step, string>>, options: PoolOptions = {}): Setup {
  const words = new Int32Array(new SharedArrayBuffer(64 * 4));
  const pool = createPool<Phases>(new URL('./_phases.mjs', import.meta.url), {
    threads: 1,
    execArgv: [],
    workerData: { words, plan },
    ...options,
  });
  const errors: unknown[] = [];
  pool.addEventListener('error', ({ error }) => errors.push(error));
  return {
    pool,
    words,
    errors,
    open(gate) {
      Atomics.store(words, gate, 1);
      Atomics.notify(words, gate);
    },
    async reached(word, times) {
      for (let now = Atomics.load(words, word); now < times; now = Atomics.load(words, word)) {
        await pending(Atomics.waitAsync(words, word, now).value);
      }
    },
  };
}

/** A wait on shared memory keeps no process alive, and neither does a pool that nobody waits for. */
async function pending<T>(wait: T | Promise<T>): Promise<T> {
  const { port1 } = new MessageChannel();
  port1.addEventListener('message', () => {});
  port1.start();
  try {
    return await wait;
  } finally {
    port1.close();
  }
}

const rejection = (promise: Promise<unknown>): Promise<Error & { code?: string }> =>
  promise.then(
    (value) => Promise.reject(new Error(`Expected a rejection, got ${String(value)}`)),
    (error: Error) => error,
  );

/** Runs `body`, and expects that it leaves nothing behind. */
async function leavingNothing(body: () => Promise<void>): Promise<void> {
  const before: Residue = residue();
  await body();
  await settledLoop();
  expect(residue()).toEqual(before);
}

const CLEAN = { clean: true, leftBehind: { threads: 0, bytes: 0 } };
const FORCED = { clean: false, leftBehind: { threads: 0, bytes: 0 } };

describe('a thread that dies before it is ready', PATIENCE, () => {
  for (const [plan, says] of [
    [{ load: 'exit' }, /exit code 6/],
    [{ load: 'throw' }, /It fails at load number \d/],
    [{ load: 'reject' }, /It fails at load number \d/],
    [{ init: 'exit' }, /exit code 6/],
    [{ init: 'throw' }, /It fails at init number \d/],
    [{ init: 'reject' }, /It fails at init number \d/],
  ] as const) {
    test(`fails ready() and every task, and is not tried again: ${JSON.stringify(plan)}`, () =>
      leavingNothing(async () => {
        const { pool, words, errors } = start(plan, { threads: 2 });
        const [ready, ...tasks] = await Promise.all([
          rejection(pool.ready()),
          rejection(pool.run('echo', [1])),
          rejection(pool.run('echo', [2], { timeout: 60_000 })),
        ]);
        expect(ready.name).toBe('ModuleLoadError');
        expect(ready.message).toMatch(says);
        for (const error of tasks) expect(error.name).toBe('ModuleLoadError');
        expect((await rejection(pool.run('echo', [3]))).name).toBe('ModuleLoadError');
        expect((await rejection(pool.ready())).name).toBe('ModuleLoadError');
        const report = await pool.close();
        expect(report.leftBehind).toEqual({ threads: 0, bytes: 0 });
        expect(Atomics.load(words, LOADS)).toBeLessThanOrEqual(2);
        expect(errors).toEqual([]);
      }));
  }

  test('says so by an event when nobody waits for it', () =>
    leavingNothing(async () => {
      const { pool } = start({ load: 'throw' });
      const told = await pending(
        new Promise<unknown>((resolve) => pool.addEventListener('error', ({ error }) => resolve(error))),
      );
      expect(told).toMatchObject({ name: 'ModuleLoadError' });
      await pool.close();
    }));
});

describe('a thread that dies once the module has loaded', PATIENCE, () => {
  test('is tried again with pauses while its module fails to load, and the tasks that wait are run then', () =>
    leavingNothing(async () => {
      const { pool, words } = start({ load: 'exit 2 4' });
      await pool.ready();
      const dying = rejection(pool.run('exit', [1]));
      const waiting = Array.from({ length: 20 }, (_, index) => pool.run('echo', [index]));
      expect((await dying).name).toBe('ThreadCrashedError');
      expect(await Promise.all(waiting)).toEqual(Array.from({ length: 20 }, (_, index) => index));
      expect(Atomics.load(words, LOADS)).toBe(5);
      expect(await pool.close()).toMatchObject(CLEAN);
    }));

  test("fails the pool with the module's own error once that has happened too often", () =>
    leavingNothing(async () => {
      const { pool, words } = start({ load: 'throw 2' });
      await pool.ready();
      const dying = rejection(pool.run('exit', [1]));
      const waiting = Array.from({ length: 20 }, (_, index) => rejection(pool.run('echo', [index])));
      expect((await dying).name).toBe('ThreadCrashedError');
      for (const error of await Promise.all(waiting)) {
        expect(error.name).toBe('ModuleLoadError');
        expect(error.message).toMatch(/It fails at load number \d/);
        expect(error.cause).toMatchObject({ message: expect.stringMatching(/It fails at load/) as unknown });
      }
      const loads = Atomics.load(words, LOADS);
      expect(loads).toBeGreaterThan(2);
      expect(loads).toBeLessThan(10);
      expect((await rejection(pool.run('echo', [1]))).name).toBe('ModuleLoadError');
      expect((await pool.close()).leftBehind).toEqual({ threads: 0, bytes: 0 });
      expect(Atomics.load(words, LOADS)).toBe(loads);
    }));

  test('takes the pool down with it even if the first task is its last', () =>
    leavingNothing(async () => {
      const { pool } = start({});
      // Not ready yet: the task dies before the pool has heard of the thread.
      const error = await rejection(pool.run('exit', [4]));
      expect(error).toMatchObject({ name: 'ThreadCrashedError', task: 'exit', threadIndex: 0, exitCode: 4 });
      expect(await pool.run('echo', [1])).toBe(1);
      expect(await pool.close()).toMatchObject(CLEAN);
    }));

  test('by message or not, it has answered its task or it has not: never both, never something else', () =>
    leavingNothing(async () => {
      const { pool } = start({}, { threads: 2 });
      await pool.ready();
      for (let round = 0; round < 15; round++) {
        // Through the slot, through the arena, by message.
        const size = [100, 10_000, 400_000][round % 3] as number;
        const dying = pool.run('answerAndDie', [round, size], round % 2 === 0 ? {} : { retryOnCrash: 1 }).then(
          (bytes) => bytes.length === size && bytes.every((byte) => byte === round),
          (error: Error) => error.name === 'ThreadCrashedError',
        );
        // Those that come after it in the same slots must not be given what it left.
        const after = Array.from({ length: 8 }, (_, index) =>
          pool
            .run('answer', [100 + index, size], { retryOnCrash: 5 })
            .then((bytes) => bytes.every((byte) => byte === 100 + index)),
        );
        expect(await Promise.all([dying, ...after])).toEqual(Array.from({ length: 9 }, () => true));
      }
      expect(await pool.close()).toMatchObject(CLEAN);
    }));

  for (const size of [10, 10_000, 400_000]) {
    test(`runs its task again where that is allowed, with its ${size} bytes of arguments`, () =>
      leavingNothing(async () => {
        const { pool } = start({});
        expect(await pool.run('sizeTheSecondTime', [new Uint8Array(size)], { retryOnCrash: 1 })).toBe(size);
        expect(await pool.close()).toMatchObject(CLEAN);
      }));
  }
});

describe('the end of a pool', PATIENCE, () => {
  test('close() runs what is queued although threads die meanwhile', () =>
    leavingNothing(async () => {
      const { pool } = start({}, { threads: 2 });
      await pool.ready();
      const outcomes = Array.from({ length: 200 }, (_, index) =>
        index % 20 === 0 ? rejection(pool.run('exit', [1])).then(({ name }) => name) : pool.run('echo', [index]),
      );
      const closed = pool.close();
      expect(await Promise.all(outcomes)).toEqual(
        Array.from({ length: 200 }, (_, index) => (index % 20 === 0 ? 'ThreadCrashedError' : index)),
      );
      expect(await closed).toMatchObject({ ...CLEAN, tasks: { completed: 190, failed: 10, cancelled: 0 } });
    }));

  test('close() ends threads that were starting, and those that have just died', () =>
    leavingNothing(async () => {
      for (let round = 0; round < 12; round++) {
        const { pool } = start({}, { threads: 2 });
        if (round % 2 === 0) await pool.ready();
        if (round % 3 === 0) await rejection(pool.run('exit', [1]));
        expect(await pool.close()).toMatchObject(CLEAN);
      }
    }));

  test('destroy() while threads die answers every caller once', () =>
    leavingNothing(async () => {
      const { pool } = start({}, { threads: 2 });
      await pool.ready();
      const outcomes = Array.from({ length: 100 }, (_, index) =>
        pool.run(index % 5 === 0 ? 'exit' : 'echo', [index]).then(
          () => 'done',
          ({ name }: Error) => name,
        ),
      );
      await outcomes[0];
      const report = await pool.destroy();
      expect(report).toMatchObject({ leftBehind: { threads: 0, bytes: 0 } });
      const counts = { done: 0, ThreadCrashedError: 0, AbortError: 0 } as Record<string, number>;
      for (const outcome of await Promise.all(outcomes)) counts[outcome] = (counts[outcome] ?? 0) + 1;
      expect(Object.keys(counts)).toEqual(['done', 'ThreadCrashedError', 'AbortError']);
      expect(report.tasks).toEqual({
        completed: counts['done'],
        failed: counts['ThreadCrashedError'],
        cancelled: counts['AbortError'],
      });
    }));

  for (const plan of [{ load: 'hang' }, { init: 'hang' }]) {
    test(`destroy() ends threads that would never be ready: ${JSON.stringify(plan)}`, () =>
      leavingNothing(async () => {
        const { pool, reached } = start(plan, { threads: 2 });
        const task = rejection(pool.run('echo', [1]));
        const ready = rejection(pool.ready());
        await reached(LOADS, 2);
        expect(await pool.destroy()).toMatchObject(FORCED);
        expect((await task).name).toBe('AbortError');
        expect((await ready).name).toBe('PoolClosedError');
      }));
  }

  test('a thread that blocks while it loads is gone after destroy(), or is reported as left behind', async () => {
    const { pool, words, reached, open } = start({ load: 'block' });
    await reached(LOADS, 1);
    const report = await pool.destroy();
    // If it has been left behind, it comes to life again now, beside a pool that has the same arena.
    open(BLOCK);
    const next = start({}, { threads: 1 });
    const results = await Promise.all(Array.from({ length: 2_000 }, (_, index) => next.pool.run('echo', [index])));
    expect(results).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
    expect(await next.pool.close()).toMatchObject(CLEAN);
    if (report.leftBehind.threads === 0) expect(Atomics.load(words, OUTLIVED)).toBe(0);
  });

  test('teardown that throws is told by an event, and the thread leaves', () =>
    leavingNothing(async () => {
      for (const plan of [{ teardown: 'throw' }, { teardown: 'reject' }]) {
        const { pool, errors } = start(plan);
        await pool.ready();
        expect(await pool.close()).toMatchObject(CLEAN);
        expect(errors).toEqual([expect.objectContaining({ message: 'It fails at teardown number 1' })]);
      }
    }));

  test('a thread that exits in its teardown has left', () =>
    leavingNothing(async () => {
      const { pool } = start({ teardown: 'exit' });
      await pool.ready();
      expect(await pool.close()).toMatchObject({ ...CLEAN, threads: [{ index: 0, end: 'exited', exitCode: 6 }] });
    }));

  for (const plan of [{ teardown: 'hang' }, { teardown: 'block' }]) {
    test(`a teardown that never ends is cut short after close's timeout: ${JSON.stringify(plan)}`, () =>
      leavingNothing(async () => {
        const { pool } = start(plan);
        await pool.ready();
        expect(await pool.close({ timeout: 20 })).toMatchObject(FORCED);
      }));
  }

  test('destroy() of a pool that closes, while its tasks block, ends it at once', () =>
    leavingNothing(async () => {
      const { pool, reached } = start({}, { threads: 2 });
      const tasks = [GATE, GATE + 1].map((gate) => rejection(pool.run('wait', [gate])));
      await reached(RUNNING, 2);
      const closed = pool.close();
      const destroyed = pool.destroy();
      for (const error of await Promise.all(tasks)) expect(error.name).toBe('AbortError');
      expect(await closed).toMatchObject(FORCED);
      expect(await destroyed).toBe(await closed);
    }));
});

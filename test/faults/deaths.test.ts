/** Threads die in every way under a load of tasks; the books must balance. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  closeClean,
  type Expected,
  faultPool,
  type FaultPool,
  Ledger,
  onceRunning,
  runTask,
  type Settled,
} from './_ledger.ts';
import { PATIENCE, scaled } from '../support/scale.ts';
import { type Random, seeded } from './_random.ts';
import { residue, systemThreads } from './_residue.ts';

const TASKS = scaled(100_000, 1_000);
const DEATHS = scaled(200, 10);
/** For the second test, which repeats the first with something added. */
const FEWER_TASKS = scaled(25_000, 1_000);
const FEWER_DEATHS = scaled(50, 10);
/** More than the pool has slots, so that its backlog takes part. */
const WINDOW = 1_500;
const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(100);

/** Submits one task of ordinary work. */
function submitWork(pool: FaultPool, ledger: Ledger, random: Random, id: number): Promise<Settled> {
  const retryOnCrash = random.chance(0.1) ? 3 : 0;
  const options = retryOnCrash > 0 ? { retryOnCrash } : undefined;
  const attempts = 1 + retryOnCrash;
  const enter = (name: string, value: unknown, args: readonly unknown[]): Promise<Settled> =>
    ledger.enter(name, { attempts, value }, () => runTask(pool, name, args, options));
  const draw = random.next();
  if (draw < 0.5) return enter('double', id * 2, [id]);
  if (draw < 0.7) return enter('add', id + 0.5, [id, id, 0.5]);
  if (draw < 0.85) {
    const order = { id, tags: ['a', `b${id}`], when: new Date(id) };
    return enter('record', { ...order, count: 2 }, [order]);
  }
  // Larger than a slot: through a block of the arena.
  if (draw < 0.9) return enter('text', `${id}:${TEXT}`, [id, TEXT]);
  // By message.
  if (draw < 0.91) {
    const bytes = new Uint8Array(40_000).fill(random.below(256));
    return enter(
      'bytes',
      bytes.map((byte) => byte ^ (id & 0xff)),
      [id, bytes],
    );
  }
  if (draw < 0.95) return enter('later', id * 3, [id]);
  return ledger.enter('fail', { attempts, errors: ['RangeError'] }, () => runTask(pool, 'fail', [id], options));
}

/** Submits one task that loads a module. */
function submitLoad(pool: FaultPool, ledger: Ledger, id: number): Promise<Settled> {
  return ledger.enter('load', { value: id * 5 }, () => runTask(pool, 'load', [id]));
}

type Death = (
  pool: FaultPool,
  ledger: Ledger,
  random: Random,
  running: (id: number) => Promise<void>,
) => Promise<unknown>;

const crash: Expected = {};
const cancelled: Expected = { errors: ['AbortError'], mayCrash: true };

/** Every way in which a thread can be made to end under its task, or shortly after it. */
const DEATHS_BY_NAME: Record<string, Death> = {
  'process.exit in a task': (pool, ledger, random) =>
    ledger.enter('exit', crash, (id) => runTask(pool, 'exit', [id, random.below(3)])),
  'process.exit, with another run allowed': (pool, ledger) =>
    ledger.enter('exitTheFirstTime', { value: ledger.submitted, attempts: 4 }, (id) =>
      runTask(pool, 'exitTheFirstTime', [id], { retryOnCrash: 3 }),
    ),
  'process.exit after the task': (pool, ledger, random) =>
    ledger.enter('leaveExit', { value: ledger.submitted }, (id) => runTask(pool, 'leaveExit', [id, random.below(3)])),
  'a throw in a timer': (pool, ledger) =>
    ledger.enter('throwInTimer', crash, (id) => runTask(pool, 'throwInTimer', [id])),
  'a throw in a microtask': (pool, ledger) =>
    ledger.enter('throwInMicrotask', crash, (id) => runTask(pool, 'throwInMicrotask', [id])),
  'a throw after the task': (pool, ledger) =>
    ledger.enter('leaveBomb', { value: ledger.submitted }, (id) => runTask(pool, 'leaveBomb', [id])),
  'an unhandled rejection': (pool, ledger) =>
    ledger.enter('rejectUnhandled', crash, (id) => runTask(pool, 'rejectUnhandled', [id])),
  'terminate in a loop': killed('spin'),
  'terminate in a blocking wait': killed('block'),
  'terminate while awaiting': killed('hang'),
};

/** A task that ignores its signal and is given no time to stop. */
function killed(name: 'spin' | 'block' | 'hang' | 'keepLoading'): Death {
  return (pool, ledger, _random, running) =>
    ledger.enter(name, cancelled, (id) => {
      const caller = new AbortController();
      void running(id).then(() => caller.abort());
      return runTask(pool, name, [id], { signal: caller.signal, killAfter: 0 });
    });
}

describe(`${TASKS} tasks while threads are ended ${DEATHS} times`, PATIENCE, () => {
  const threadsBefore = systemThreads();

  afterAll(() => {
    // Some runtimes keep a few threads for later; 200 dead ones would show.
    const now = systemThreads();
    if (now !== undefined && threadsBefore !== undefined) expect(now - threadsBefore).toBeLessThan(24);
  });

  test('every task settles once, with the right result, and its effect counts once; nothing is left', () =>
    seeded(async (random) => {
      const before = residue();
      const ledger = new Ledger(TASKS);
      const { pool, threads } = faultPool(ledger);
      const running = onceRunning(pool);
      await pool.ready();
      const deadly = random.distinct(DEATHS, TASKS);
      const ways = Object.values(DEATHS_BY_NAME);
      for (let id = 0; id < TASKS; id++) {
        if (deadly.has(id)) void random.pick(ways)(pool, ledger, random, running);
        else void submitWork(pool, ledger, random, id);
        if (ledger.outstanding >= WINDOW) await ledger.room(WINDOW - random.below(WINDOW));
      }
      await ledger.room(1);
      ledger.balance();
      // Nobody dies but what a dying thread had claimed: one task, since a thread runs one at a time.
      const { crashed } = pool.stats();
      expect(threads.exited).toBeGreaterThan(DEATHS / 2);
      expect(crashed).toBeLessThanOrEqual(threads.exited);
      expect(ledger.crashes.length).toBeLessThanOrEqual(crashed);
      await closeClean(pool, ledger, before);
      expect(threads.stuck).toBe(0);
      expect(threads.exited).toBeGreaterThanOrEqual(threads.started);
    }));

  test('a quarter of that with several tasks in flight per thread, and threads that are ended at any step', () =>
    seeded(async (random) => {
      const before = residue();
      const ledger = new Ledger(FEWER_TASKS);
      const concurrency = 4;
      const { pool, threads } = faultPool(ledger, { concurrency });
      const running = onceRunning(pool);
      await pool.ready();
      const deadly = random.distinct(FEWER_DEATHS, FEWER_TASKS);
      for (let id = 0; id < FEWER_TASKS; id++) {
        // It hangs beside tasks that the thread goes on with, and it is ended wherever the thread is at then.
        if (deadly.has(id)) void killed(random.chance(0.5) ? 'hang' : 'keepLoading')(pool, ledger, random, running);
        else if (random.chance(0.05)) void submitLoad(pool, ledger, id);
        else void submitWork(pool, ledger, random, id);
        if (ledger.outstanding >= WINDOW) await ledger.room(WINDOW - random.below(WINDOW));
      }
      await ledger.room(1);
      ledger.balance();
      expect(pool.stats().crashed).toBeLessThanOrEqual(threads.exited * concurrency);
      await closeClean(pool, ledger, before);
      expect(threads.terminated).toBeGreaterThanOrEqual(FEWER_DEATHS / 10);
      expect(threads.stuck).toBe(0);
      expect(threads.exited).toBeGreaterThanOrEqual(threads.started);
    }));
});

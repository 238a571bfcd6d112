/** Arguments that are moved, or too large to go through shared memory: their tasks keep every promise of the others. */
import { describe, expect, test } from 'vitest';
import { ThreadCrashedError } from 'reveille';
import { openPool, rejection } from './_pool.ts';

const LARGE = 2 ** 20;
const large = (): Uint8Array => new Uint8Array(LARGE).fill(1);
const moved = (load: Uint8Array): { transfer: ArrayBuffer[] } => ({ transfer: [load.buffer as ArrayBuffer] });

describe.each([
  ['moved', (load: Uint8Array) => moved(load)],
  ['copied', () => ({})],
])('large arguments that are %s', (_how, optionsFor) => {
  test('reach tasks that begin in the order in which they were submitted, plain ones among them', async () => {
    const { pool, gates } = openPool();
    await pool.ready();
    const holding = pool.run('hold', [0]);
    await gates.arrived(0);
    const turns = Array.from({ length: 60 }, (_, index) => {
      if (index % 3 === 2) return pool.run('calledSoFar', []);
      const load = large();
      return pool.run('calledSoFar', [load], optionsFor(load));
    });
    gates.open(0);
    await holding;
    expect(await Promise.all(turns)).toEqual(turns.map((_, index) => index + 1));
  });

  test('are not mistaken for those of a task before that had no room either', async () => {
    const { pool } = openPool();
    await pool.ready();
    const text = 'x'.repeat(700_000);
    const load = new Uint8Array(LARGE).fill(5);
    const list = new Uint8Array(LARGE).fill(6);
    const results = await Promise.all([
      pool.run('echo', [text]),
      pool.run('echo', [load], { ...optionsFor(load), timeout: 60_000 }) as Promise<Uint8Array>,
      pool.run('echo', [text]),
      pool.run('count', [list, 1], { ...optionsFor(list), timeout: 60_000 }),
      pool.run('echo', [text]),
      pool.run('makeMovedBytes', [10]),
    ]);
    // Not `toEqual`, which takes seconds for a million elements.
    const summaries = results.map((result) => (isBytes(result) ? `${result.length} x ${result[0]}` : result));
    expect(summaries).toEqual([text, `${LARGE} x 5`, text, 2, text, '10 x 7']);
    expect(results.filter(isBytes).every((bytes) => bytes.every((byte) => byte === bytes[0]))).toBe(true);
  });

  test('arrive whole, one way and back', async () => {
    const { pool } = openPool();
    await pool.ready();
    const echoes = Array.from({ length: 20 }, (_, index) => {
      const load = new Uint8Array(LARGE).fill(index);
      return pool.run('echo', [load], optionsFor(load)) as Promise<Uint8Array>;
    });
    for (const [index, echo] of (await Promise.all(echoes)).entries()) {
      expect(echo.length).toBe(LARGE);
      expect(echo.every((byte) => byte === index)).toBe(true);
    }
  });

  test('go with a task that is cancelled before it begins: it never runs', async () => {
    const { pool, gates } = openPool();
    await pool.ready();
    const holding = pool.run('hold', [0]);
    await gates.arrived(0);
    const controller = new AbortController();
    const results = Array.from({ length: 8 }, () => {
      const load = large();
      return rejection(pool.run('visit', [1, load], { ...optionsFor(load), signal: controller.signal }));
    });
    controller.abort();
    for (const error of await Promise.all(results)) expect(error.name).toBe('AbortError');
    gates.open(0);
    await holding;
    expect(await pool.run('addOne', [1])).toBe(2);
    expect(gates.arrivals(1)).toBe(0);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test('count as queued until their task begins', async () => {
    const { pool, gates } = openPool();
    await pool.ready();
    const holding = pool.run('hold', [0]);
    await gates.arrived(0);
    const visits = Array.from({ length: 10 }, () => {
      const load = large();
      return pool.run('visit', [1, load], optionsFor(load));
    });
    expect(pool.stats()).toMatchObject({ queued: 10, running: 1 });
    gates.open(0);
    await Promise.all([holding, ...visits]);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, completed: 11 });
  });

  test('let a killAfter end only the task that it was given for', async () => {
    const { pool, gates } = openPool();
    await pool.ready();
    let exits = 0;
    pool.addEventListener('threadexit', () => exits++);
    const holding = pool.run('hold', [0]);
    await gates.arrived(0);
    const controller = new AbortController();
    const load = large();
    const options = { ...optionsFor(load), signal: controller.signal, killAfter: 0 };
    const cancelled = rejection(pool.run('visit', [1, load], options));
    // Its deadline comes after that of the kill.
    const later = rejection(pool.run('visit', [2], { timeout: 1 }));
    controller.abort();
    await cancelled;
    await later;
    gates.open(0);
    await holding;
    expect(exits).toBe(0);
  });

  test('reach as many tasks at the same time as a thread runs, so that they can wait for each other', async () => {
    const { pool, gates } = openPool({ concurrency: 12 });
    await pool.ready();
    const waiting = Array.from({ length: 11 }, () => {
      const load = large();
      return pool.run('holdAsync', [0, load], optionsFor(load));
    });
    await gates.arrived(0, 11);
    const load = large();
    await pool.run('visit', [1, load], optionsFor(load));
    gates.open(0);
    await Promise.all(waiting);
  });

  test('are answered exactly once when the thread dies, whether their tasks had begun or not', async () => {
    const { pool, gates } = openPool();
    await pool.ready();
    const controller = new AbortController();
    const running = rejection(pool.run('blockForEver', [0], { signal: controller.signal, killAfter: 0 }));
    await gates.arrived(0);
    const others = Array.from({ length: 30 }, () => {
      const load = large();
      return pool.run('visit', [1, load], optionsFor(load));
    });
    controller.abort();
    await running;
    const results = await Promise.allSettled(others);
    const completed = results.filter(({ status }) => status === 'fulfilled').length;
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ThreadCrashedError);
    }
    expect(gates.arrivals(1)).toBe(completed);
    expect(await pool.run('addOne', [1])).toBe(2);
  });
});

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

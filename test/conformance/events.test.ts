/** What a pool tells of itself: events and numbers. */
import { describe, expect, test } from 'vitest';
import { type PoolMessageEvent } from 'reveille';
import { nextEvent, openPool, rejection } from './_pool.ts';

describe('a message event', () => {
  test('carries what a task posted, in order, with its thread and name', async () => {
    const { pool } = openPool();
    const seen: PoolMessageEvent[] = [];
    const last = nextEvent<'message', PoolMessageEvent>(pool, 'message', (event) => seen.push(event) === 3);
    await pool.run('post', ['started', { done: 0.5 }, new Map([[1, 2]])]);
    await last;
    expect(seen.map(({ data }) => data)).toEqual(['started', { done: 0.5 }, new Map([[1, 2]])]);
    expect(seen[0]).toMatchObject({ threadIndex: 0, task: 'post' });
  });

  test('comes while the task still runs', async () => {
    const { pool, gates } = openPool();
    const told = nextEvent<'message', PoolMessageEvent>(pool, 'message');
    const running = pool.run('postAndHold', [0, 'working']);
    expect((await told).data).toBe('working');
    expect(pool.stats().running).toBe(1);
    gates.open(0);
    expect(await running).toBe('released');
  });
});

describe('a drain event', () => {
  test('comes once everything that was submitted is over', async () => {
    const { pool } = openPool({ threads: 2 });
    let answered = 0;
    const drained = nextEvent(pool, 'drain').then(() => answered);
    for (let i = 0; i < 3000; i++) void pool.run('addOne', [i]).then(() => answered++);
    expect(await drained).toBe(3000);
  });

  test('comes again for the next work', async () => {
    const { pool } = openPool();
    for (let round = 0; round < 3; round++) {
      const drained = nextEvent(pool, 'drain');
      await pool.run('nothing', []);
      await drained;
    }
  });

  test('comes after failures and cancellations too', async () => {
    const { pool, gates } = openPool();
    const drained = nextEvent(pool, 'drain');
    const controller = new AbortController();
    const all = [
      pool.run('hold', [0]),
      pool.run('refuse', []),
      pool.run('visit', [1], { signal: controller.signal }),
    ].map(
      async (each) =>
        await each.then(
          () => 'done',
          () => 'failed',
        ),
    );
    await gates.arrived(0);
    controller.abort();
    gates.open(0);
    await drained;
    expect(await Promise.all(all)).toEqual(['done', 'failed', 'failed']);
  });

  test('does not come while a task runs', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    let drains = 0;
    pool.addEventListener('drain', () => drains++);
    const running = pool.run('hold', [0]);
    await gates.arrived(0);
    for (let i = 0; i < 20; i++) await pool.run('addOne', [i]);
    expect(drains).toBe(0);
    const drained = nextEvent(pool, 'drain');
    gates.open(0);
    await Promise.all([running, drained]);
    expect(drains).toBe(1);
  });
});

describe('a listener', () => {
  test('may be removed, or listen once, as on any EventTarget', async () => {
    const { pool } = openPool();
    let once = 0;
    let removed = 0;
    const listener = (): void => void removed++;
    pool.addEventListener('message', () => once++, { once: true });
    pool.addEventListener('message', listener);
    pool.removeEventListener('message', listener);
    const last = nextEvent<'message', PoolMessageEvent>(pool, 'message', ({ data }) => data === 3);
    await pool.run('post', [1, 2, 3]);
    await last;
    expect([once, removed]).toEqual([1, 0]);
  });
});

describe('stats()', () => {
  test('counts tasks by how they ended', async () => {
    const { pool, gates } = openPool();
    await Promise.all([1, 2, 3].map((i) => pool.run('addOne', [i])));
    await rejection(pool.run('refuse', []));
    const running = pool.run('hold', [0]);
    await gates.arrived(0);
    const controller = new AbortController();
    const cancelled = pool.run('visit', [1], { signal: controller.signal });
    const queued = pool.run('visit', [2]);
    controller.abort();
    await rejection(cancelled);
    expect(pool.stats()).toMatchObject({ threads: 1, idle: 0, running: 1, queued: 1, held: 0 });
    expect(pool.stats()).toMatchObject({ completed: 3, failed: 1, cancelled: 1, crashed: 0 });
    gates.open(0);
    await Promise.all([running, queued]);
    await rejection(pool.run('exit', [1]));
    expect(pool.stats()).toMatchObject({ completed: 5, failed: 2, cancelled: 1, crashed: 1, running: 0, queued: 0 });
  });

  test('counts what waits and what runs', async () => {
    const { pool, gates } = openPool({ threads: 2 });
    const all = Array.from({ length: 2005 }, () => pool.run('hold', [0]));
    await gates.arrived(0, 2);
    expect(pool.stats()).toMatchObject({ running: 2, queued: 2003, threads: 2, idle: 0 });
    gates.open(0);
    await Promise.all(all);
    expect(pool.stats()).toMatchObject({ running: 0, queued: 0, completed: 2005 });
  });

  test('counts a cancelled task that runs on as running, not as queued', async () => {
    const { pool, gates } = openPool();
    const controller = new AbortController();
    const held = pool.run('hold', [0], { signal: controller.signal });
    await gates.arrived(0);
    controller.abort();
    await rejection(held);
    expect(pool.stats()).toMatchObject({ running: 1, queued: 0, cancelled: 1 });
  });

  test('knows how long tasks waited and ran: of a sample, in milliseconds, never negative', async () => {
    const { pool } = openPool();
    const before = performance.now();
    for (let i = 0; i < 200; i++) await pool.run('addOne', [i]);
    const elapsed = performance.now() - before;
    const { waitTime, runTime, utilization } = pool.stats();
    for (const { samples, mean, p50, p90, p99, max } of [waitTime, runTime]) {
      expect(samples).toBeGreaterThan(0);
      expect(mean).toBeGreaterThanOrEqual(0);
      expect(p50).toBeLessThanOrEqual(p90);
      expect(p90).toBeLessThanOrEqual(p99);
      expect(p99).toBeLessThanOrEqual(max);
      expect(max).toBeLessThan(elapsed + 1000);
    }
    expect(utilization).toBeGreaterThanOrEqual(0);
    expect(utilization).toBeLessThanOrEqual(1);
  });

  test('of a closed pool still tells what was done', async () => {
    const { pool } = openPool();
    await pool.run('addOne', [1]);
    await pool.close();
    expect(pool.stats()).toMatchObject({ completed: 1, threads: 0, running: 0, queued: 0 });
  });
});

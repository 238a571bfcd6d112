/** A bounded queue. */
import { describe, expect, test } from 'vitest';
import { DeadlineExceededError, PoolClosedError, QueueFullError, Semaphore } from 'reveille';
import { type Gates, openPool, rejection } from './_pool.ts';

type TestPool = ReturnType<typeof openPool>['pool'];

/** A pool of one thread, kept busy at gate 0, with `queued` tasks waiting. */
async function busyPool(
  limit: number,
  overflow: 'wait' | 'reject',
): Promise<{ pool: TestPool; gates: Gates; running: Promise<unknown> }> {
  const { pool, gates } = openPool({ queue: { limit, overflow } });
  const running = pool.run('hold', [0]);
  await gates.arrived(0);
  return { pool, gates, running };
}

describe("a full queue with overflow: 'reject'", () => {
  test('refuses at once, naming the task and the limit, and takes work again when there is room', async () => {
    const { pool, gates, running } = await busyPool(2, 'reject');
    const queued = [pool.run('visit', [1]), pool.run('visit', [1])];
    const error = await rejection(pool.run('visit', [1]));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error.code).toBe('ERR_QUEUE_FULL');
    expect(error.message).toMatch(/'visit'.*2/);
    gates.open(0);
    await Promise.all([running, ...queued]);
    expect(await pool.run('visit', [1])).toBe(0);
    expect(gates.arrivals(1)).toBe(3);
  });

  test('holds its bound: of a thousand submissions, those that fit are run', async () => {
    const { pool, gates, running } = await busyPool(10, 'reject');
    const outcomes = Array.from({ length: 1000 }, () =>
      pool.run('visit', [1]).then(
        () => 'run',
        () => 'refused',
      ),
    );
    gates.open(0);
    await running;
    const all = await Promise.all(outcomes);
    expect(all.filter((outcome) => outcome === 'run')).toHaveLength(10);
    expect(gates.arrivals(1)).toBe(10);
  });

  test('has room again after a queued task was cancelled', async () => {
    const { pool, gates, running } = await busyPool(1, 'reject');
    const controller = new AbortController();
    const queued = pool.run('visit', [1], { signal: controller.signal });
    expect(await rejection(pool.run('visit', [2]))).toBeInstanceOf(QueueFullError);
    controller.abort();
    await rejection(queued);
    const another = pool.run('visit', [3]);
    gates.open(0);
    await Promise.all([running, another]);
    expect([1, 2, 3].map((gate) => gates.arrivals(gate))).toEqual([0, 0, 1]);
  });
});

describe("a full queue with overflow: 'wait'", () => {
  test('holds arguments back as they are: primitives, and bytes that are moved', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const semaphore = new Semaphore(3);
    const bytes = new Uint8Array([1, 2, 3]);
    const queued = pool.run('visit', [1]);
    const [echoed, sum] = [
      pool.run('echo', [{ semaphore }]) as Promise<{ semaphore: Semaphore }>,
      pool.run('sum', [bytes], { transfer: [bytes.buffer] }),
    ];
    expect(pool.stats().held).toBe(2);
    expect(bytes.length).toBe(0);
    gates.open(0);
    expect(semaphore.tryAcquire(3)).toBeDefined();
    expect((await echoed).semaphore.tryAcquire()).toBeUndefined();
    expect(await sum).toBe(6);
    await Promise.all([running, queued]);
  });

  test('holds submissions back, and lets them in first come first served', async () => {
    const { pool, gates, running } = await busyPool(2, 'wait');
    const order: number[] = [];
    const all = Array.from({ length: 20 }, async (_, i) => order.push(await pool.run('addOne', [i])));
    expect(pool.stats()).toMatchObject({ queued: 2, held: 18 });
    gates.open(0);
    await Promise.all([running, ...all]);
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(pool.stats().held).toBe(0);
  });

  test('lets a held submission be cancelled: it never runs, and those behind it do', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const queued = pool.run('visit', [1]);
    const controller = new AbortController();
    const held = pool.run('visit', [2], { signal: controller.signal });
    const behind = pool.run('visit', [3]);
    const reason = new Error('Never mind');
    controller.abort(reason);
    expect(await rejection(held)).toBe(reason);
    expect(pool.stats().held).toBe(1);
    gates.open(0);
    await Promise.all([running, queued, behind]);
    expect([1, 2, 3].map((gate) => gates.arrivals(gate))).toEqual([1, 0, 1]);
  });

  test('counts the timeout of a held submission from the call', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const queued = pool.run('visit', [1]);
    expect(await rejection(pool.run('visit', [2], { timeout: 5 }))).toBeInstanceOf(DeadlineExceededError);
    gates.open(0);
    await Promise.all([running, queued]);
    await pool.run('nothing', []);
    expect(gates.arrivals(2)).toBe(0);
  });

  test('clones the arguments of a held submission at the call', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const queued = pool.run('visit', [1]);
    const value = { a: 1 };
    const held = pool.run('echo', [value]);
    value.a = 2;
    gates.open(0);
    await Promise.all([running, queued]);
    expect(await held).toEqual({ a: 1 });
  });

  test('refuses arguments that cannot be cloned at once', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const queued = pool.run('visit', [1]);
    expect((await rejection(pool.run('echo', [() => 1]))).name).toBe('DataCloneError');
    gates.open(0);
    await Promise.all([running, queued]);
  });

  test('lets the next one in when a queued task is cancelled', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const controller = new AbortController();
    const queued = pool.run('visit', [1], { signal: controller.signal });
    const held = pool.run('visit', [2]);
    controller.abort();
    await rejection(queued);
    await Promise.resolve();
    expect(pool.stats()).toMatchObject({ queued: 1, held: 0 });
    gates.open(0);
    await Promise.all([running, held]);
  });

  test('is drained by close(): what was taken is finished, held submissions included', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const all = Array.from({ length: 10 }, () => pool.run('visit', [1]));
    const closing = pool.close();
    expect(await rejection(pool.run('visit', [2]))).toBeInstanceOf(PoolClosedError);
    gates.open(0);
    await Promise.all([running, ...all, closing]);
    expect(gates.arrivals(1)).toBe(10);
  });

  test('is emptied by destroy(): held submissions are refused', async () => {
    const { pool, gates, running } = await busyPool(1, 'wait');
    const all = [rejection(running), ...Array.from({ length: 5 }, () => rejection(pool.run('visit', [1])))];
    gates.open(0);
    await pool.destroy();
    const names = (await Promise.all(all)).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(['AbortError', 'PoolClosedError']));
  });
});

test('a queue without a bound takes a hundred thousand tasks', async () => {
  const { pool, gates } = openPool();
  const running = pool.run('hold', [0]);
  await gates.arrived(0);
  const all = Array.from({ length: 100_000 }, (_, i) => pool.run('addOne', [i]));
  expect(pool.stats().queued).toBe(100_000);
  gates.open(0);
  await running;
  expect((await Promise.all(all)).at(-1)).toBe(100_000);
});

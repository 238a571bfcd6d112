/** Latches, wait groups, barriers, once and semaphores that change their size, between the threads of a pool. */
import { expect, onTestFinished, test } from 'vitest';
import { Barrier, BrokenBarrierError, Latch, Once, Semaphore, ThreadCrashedError, WaitGroup } from 'reveille';
import { openPoolOn, rejection } from './_pool.ts';

type Tasks = typeof import('./modules/primitives-sync.mjs');

const open = (threads: number, workerData?: unknown): ReturnType<typeof openPoolOn<Tasks>> =>
  openPoolOn<Tasks>('./modules/primitives-sync.mjs', { threads, workerData });

/** Disposed when the test is over. */
function keep<T extends Disposable>(primitive: T): T {
  onTestFinished(() => primitive[Symbol.dispose]());
  return primitive;
}

test('tasks meet at a barrier round after round, however they wait', async () => {
  const rounds = 100;
  const barrier = keep(new Barrier(3));
  const pool = open(2);
  const tasks = [pool.run('meet', [barrier, rounds]), pool.run('meetBlocked', [barrier, rounds])];
  let leads = 0;
  for (let round = 0; round < rounds; round++) {
    if ((await barrier.wait()).isLeader) leads++;
  }
  expect((await Promise.all(tasks)).reduce((sum, each) => sum + each, leads)).toBe(rounds);
});

test('tasks count down a latch and end what a group waits for', async () => {
  const [latch, group] = [keep(new Latch(20)), keep(new WaitGroup())];
  const pool = open(2);
  group.add(20);
  const tasks = Array.from({ length: 20 }, () => pool.run('count', [{ latch, group }]));
  await Promise.all([latch.wait(), group.wait()]);
  await Promise.all(tasks);
  expect([latch.count, group.count]).toEqual([0, 0]);
});

test('one of many tasks does what is to be done once', async () => {
  const once = keep(new Once());
  const pool = open(2);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => pool.run('runOnce', [once])));
  expect(outcomes.filter(({ mine }) => mine)).toEqual([{ mine: true, done: 1 }]);
  expect(once.isDone).toBe(true);
});

test('a task that is ended after it came to a barrier breaks it', async () => {
  const [barrier, came] = [keep(new Barrier(3)), keep(new Latch(1))];
  const controller = new AbortController();
  const task = rejection(open(1).run('come', [barrier, came], { signal: controller.signal, killAfter: 0 }));
  await came.wait();
  const wait = rejection(barrier.wait());
  expect(barrier.arrived).toBe(2);
  controller.abort();
  expect(await wait).toBeInstanceOf(BrokenBarrierError);
  expect(barrier.isBroken).toBe(true);
  await task;
});

test('a task that is ended while it does what is to be done once leaves it to the next', async () => {
  const [once, begun] = [keep(new Once()), keep(new Latch(1))];
  const controller = new AbortController();
  const task = rejection(open(1).run('beginOnce', [once, begun], { signal: controller.signal, killAfter: 0 }));
  await begun.wait();
  const next = once.run(() => {});
  controller.abort();
  expect(await next).toBe(true);
  await task;
});

test('a task that ends its own thread while it does what is to be done once leaves it to the next', async () => {
  const once = keep(new Once());
  const pool = open(1);
  expect(await rejection(pool.run('exitInOnce', [once]))).toBeInstanceOf(ThreadCrashedError);
  expect(await pool.run('runOnce', [once])).toEqual({ mine: true, done: 1 });
});

test('a task that blocks goes on when the semaphore is made larger', async () => {
  const semaphore = keep(new Semaphore(0));
  const tasks = [0, 1].map(
    (
      (pool) => () =>
        pool.run('keepPermit', [semaphore])
    )(open(2)),
  );
  semaphore.resize(2);
  expect(await Promise.all(tasks)).toEqual([2, 2]);
  semaphore.resize(1);
  expect([semaphore.permits, semaphore.available]).toEqual([1, -1]);
});

test('a primitive that a task made arrives as itself', async () => {
  const latch = keep(await open(1).run('makeLatch', []));
  expect(latch).toBeInstanceOf(Latch);
  latch.countDown();
  expect(latch.isOpen).toBe(true);
});

test('a primitive in workerData is itself in every thread, and one in a message in the pool', async () => {
  const latch = keep(new Latch(3));
  const pool = open(2, { latch });
  await pool.ready();
  expect(latch.count).toBe(1);
  const message = new Promise<{ latch: Latch; again: Latch[] }>((resolve) =>
    pool.addEventListener('message', ({ data }) => resolve(data as { latch: Latch; again: Latch[] })),
  );
  await pool.run('sendGiven', []);
  const sent = await message;
  expect(sent.again[0]).toBe(sent.latch);
  sent.latch.countDown();
  await latch.wait();
});

test('a primitive beside something that is moved is itself, also in a thread that has seen none before', async () => {
  const [latch, group] = [keep(new Latch(8)), keep(new WaitGroup())];
  const pool = open(1);
  group.add(8);
  const tasks = Array.from({ length: 8 }, () => {
    const moved = new ArrayBuffer(1_000);
    return pool.run('count', [{ latch, group, moved }], { transfer: [moved] });
  });
  await Promise.all([latch.wait(), group.wait(), ...tasks]);
  expect([latch.count, group.count]).toEqual([0, 0]);
});

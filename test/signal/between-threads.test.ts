import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { type AttachedThread, startThread } from '../support/attached-thread.ts';
import '../support/install-runtime.ts';
import type { Scenario } from './_signal-thread.ts';

const made: Disposable[] = [];
function keep<T extends Disposable>(thing: T): T {
  made.push(thing);
  return thing;
}
/** A word that nobody changes. */
const never = new Int32Array(new SharedArrayBuffer(4));

function start(scenario: Scenario): AttachedThread {
  return startThread(new URL('./_signal-thread.ts', import.meta.url), scenario);
}
afterEach(() => {
  for (const thing of made.splice(0)) thing[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

describe.each([
  ['in its event loop', false],
  ['blocked', true],
])('with a thread that waits %s', (_, blocking) => {
  test('an auto-reset event goes back and forth without losing a wake-up', async () => {
    const ping = keep(new AutoResetEvent());
    const pong = keep(new AutoResetEvent());
    const rounds = 1_000;
    const thread = start({ does: 'echo', ping: ping.handle, pong: pong.handle, rounds, blocking });
    for (let round = 0; round < rounds; round++) {
      ping.set();
      await pong.wait();
    }
    await thread.exited;
    expect([ping.isSet, pong.isSet]).toEqual([false, false]);
  });

  test('a manual-reset event lets all threads go', async () => {
    const event = keep(new ManualResetEvent());
    const threads = [0, 1, 2].map(() => start({ does: 'wait', event: event.handle, blocking }));
    for (const thread of threads) expect(await thread.message()).toBe('waiting');
    event.set();
    for (const thread of threads) expect(await thread.message()).toBe('done');
    await Promise.all(threads.map(({ exited }) => exited));
  });

  test('a semaphore of several weights never gives out more than it has, and gets all of it back', async () => {
    const limit = 3;
    const semaphore = keep(new Semaphore(limit));
    const inside = new Int32Array(new SharedArrayBuffer(4));
    const threads = [0, 1].map(() =>
      start({ does: 'contend', semaphore: semaphore.handle, inside, limit, rounds: 2_000, blocking }),
    );
    for (let round = 0; round < 500; round++) {
      const permit = await semaphore.acquire(1 + (round % limit));
      expect(Atomics.add(inside, 0, permit.count) + permit.count).toBeLessThanOrEqual(limit);
      Atomics.sub(inside, 0, permit.count);
      permit.release();
    }
    for (const thread of threads) expect(await thread.message()).toEqual({ violations: 0 });
    await Promise.all(threads.map(({ exited }) => exited));
    expect(semaphore.available).toBe(limit);
  });

  test('the first of several events is told by its index', async () => {
    const events = [0, 1, 2].map(() => keep(new AutoResetEvent()));
    const pong = keep(new AutoResetEvent());
    const order = Array.from({ length: 60 }, (_, round) => (round * 7) % 3);
    const handles = events.map(({ handle }) => handle);
    const thread = start({ does: 'first of', events: handles, rounds: order.length, blocking, pong: pong.handle });
    for (const index of order) {
      events[index]?.set();
      await pong.wait();
    }
    expect(await thread.message()).toEqual(order);
    await thread.exited;
  });
});

describe('between threads', () => {
  test('permits are conserved in 10,000 waits that are cancelled at random', async () => {
    const semaphore = keep(new Semaphore(2));
    const threads = [0, 1].map(() => start({ does: 'cancel', semaphore: semaphore.handle, rounds: 5_000 }));
    for (const thread of threads) expect(await thread.message()).toEqual({ granted: expect.any(Number) as number });
    await Promise.all(threads.map(({ exited }) => exited));
    expect(semaphore.available).toBe(2);
  });

  test('who wants all permits is not starved by those who keep taking one', async () => {
    const semaphore = keep(new Semaphore(2));
    const stop = keep(new ManualResetEvent());
    const threads = [0, 1].map(() => start({ does: 'hog', semaphore: semaphore.handle, stop: stop.handle }));
    for (const thread of threads) expect(await thread.message()).toBe('hogging');
    for (let round = 0; round < 5; round++) {
      const permit = await semaphore.acquire(2);
      permit.release();
    }
    stop.set();
    await Promise.all(threads.map(({ exited }) => exited));
    expect(semaphore.available).toBe(2);
  });

  test('a permit goes to another thread when the one that was woken for it dies first', async () => {
    const semaphore = keep(new Semaphore(0));
    const frozen = start({ does: 'wait and freeze', semaphore: semaphore.handle, never });
    expect(await frozen.message()).toBe('waiting');
    const other = start({ does: 'take one', semaphore: semaphore.handle });
    expect(await other.message()).toBe('waiting');
    semaphore.release();
    await frozen.worker.terminate();
    await frozen.exited;
    expect(await other.message()).toBe('taken');
    await other.exited;
    expect(semaphore.available).toBe(0);
  });

  test('a thread that dies while it waits is not waited for', async () => {
    const semaphore = keep(new Semaphore(0));
    const frozen = start({ does: 'wait and freeze', semaphore: semaphore.handle, never });
    expect(await frozen.message()).toBe('waiting');
    await frozen.worker.terminate();
    await frozen.exited;
    const wait = semaphore.acquire();
    semaphore.release();
    await wait;
  });

  test('disposing a primitive rejects those who wait for it in other threads', async () => {
    const event = new ManualResetEvent();
    const thread = start({ does: 'wait', event: event.handle, blocking: false });
    expect(await thread.message()).toBe('waiting');
    event[Symbol.dispose]();
    expect(await thread.message()).toMatch(/ManualResetEvent was disposed/);
    await thread.exited;
  });
});

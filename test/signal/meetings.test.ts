import { describe, expect, test } from 'vitest';
import { Barrier } from '../../src/signal/barrier.ts';
import { Latch } from '../../src/signal/latch.ts';
import { Once } from '../../src/signal/once.ts';
import { WaitGroup } from '../../src/signal/wait-group.ts';
import { type AttachedThread, startThread } from '../support/attached-thread.ts';
import { disposeAfterEach, keep } from './_made.ts';
import type { Meeting } from './_meeting-thread.ts';

disposeAfterEach();

/** A word that nobody changes. */
const never = new Int32Array(new SharedArrayBuffer(4));

function start(meeting: Meeting): AttachedThread {
  return startThread(new URL('./_meeting-thread.ts', import.meta.url), meeting);
}

async function messagesOf(threads: readonly AttachedThread[]): Promise<unknown[]> {
  const messages = await Promise.all(threads.map((thread) => thread.message()));
  await Promise.all(threads.map(({ exited }) => exited));
  return messages;
}

/** One that waits in its event loop, and one that blocks. */
function startBoth(meeting: (blocking: boolean) => Meeting): AttachedThread[] {
  return [false, true].map((blocking) => start(meeting(blocking)));
}

describe('between threads that wait in their event loops or block', () => {
  test('a barrier lets nobody be a round ahead, and one lead each round', async () => {
    const rounds = 300;
    const barrier = keep(new Barrier(3));
    const counts = new Int32Array(new SharedArrayBuffer(4));
    const { handle } = barrier;
    const threads = startBoth((blocking) => ({ does: 'meet', barrier: handle, counts, rounds, blocking }));
    let leads = 0;
    for (let round = 1; round <= rounds; round++) {
      Atomics.add(counts, 0, 1);
      if ((await barrier.wait()).isLeader) leads++;
      expect(Atomics.load(counts, 0)).toBeGreaterThanOrEqual(round * 3);
    }
    const said = (await messagesOf(threads)) as Array<{ leads: number; violations: number }>;
    expect(said.map(({ violations }) => violations)).toEqual([0, 0]);
    expect(said.reduce((sum, each) => sum + each.leads, leads)).toBe(rounds);
    expect(barrier.arrived).toBe(0);
  });

  test('a latch opens at the last count, and a wait group is empty when all are done', async () => {
    const rounds = 1_000;
    const [started, latch, group] = [keep(new Latch(2)), keep(new Latch(2 * rounds)), keep(new WaitGroup())];
    const handles = { started: started.handle, latch: latch.handle, group: group.handle };
    group.add();
    const threads = startBoth((blocking) => ({ does: 'count down', ...handles, rounds, blocking }));
    await latch.wait();
    expect(await messagesOf(threads)).toEqual(['open', 'open']);
    expect(group.count).toBe(1);
    group.done();
    await group.wait();
  });

  test('each of many things is done once', async () => {
    const onces = Array.from({ length: 100 }, () => keep(new Once()));
    const counts = new Int32Array(new SharedArrayBuffer(4 * onces.length));
    const handles = onces.map(({ handle }) => handle);
    const threads = startBoth((blocking) => ({ does: 'run once', onces: handles, counts, blocking }));
    const said = (await messagesOf(threads)) as Array<{ mine: number }>;
    expect(said.reduce((sum, { mine }) => sum + mine, 0)).toBe(onces.length);
    expect([...counts]).toEqual(onces.map(() => 1));
    expect(onces.every(({ isDone }) => isDone)).toBe(true);
  });
});

describe('a thread that dies', () => {
  test('after it came to a barrier breaks it for those who wait there and those who come', async () => {
    const barrier = keep(new Barrier(3));
    const thread = start({ does: 'come and freeze', barrier: barrier.handle, never });
    expect(await thread.message()).toBe('came');
    const wait = barrier.wait();
    expect([barrier.arrived, barrier.isBroken]).toEqual([2, false]);
    await thread.worker.terminate();
    await expect(wait).rejects.toMatchObject({ name: 'BrokenBarrierError', code: 'ERR_BARRIER_BROKEN' });
    await thread.exited;
    expect([barrier.arrived, barrier.isBroken]).toEqual([0, true]);
    await expect(barrier.wait()).rejects.toThrow(/a thread that had come to it ended before the others came/);
    expect(() => barrier.tryWait()).toThrow(/Barrier/);
    expect(() => barrier.waitSync({ allowBlocking: true })).toThrow(/Barrier/);
  });

  test('while others have not come to the barrier that it met them at does not break it', async () => {
    const barrier = keep(new Barrier(2));
    const thread = start({ does: 'come and freeze', barrier: barrier.handle, never });
    expect(await thread.message()).toBe('came');
    expect(await barrier.wait()).toEqual({ isLeader: true });
    await thread.worker.terminate();
    await thread.exited;
    expect(barrier.isBroken).toBe(false);
    const wait = barrier.wait();
    expect(barrier.tryWait()).toEqual({ isLeader: true });
    await wait;
  });

  test('while it does what is to be done once leaves it to the next', async () => {
    const once = keep(new Once());
    const thread = start({ does: 'freeze in once', once: once.handle, never });
    expect(await thread.message()).toBe('begun');
    const watched = once.wait();
    const next = once.run(() => {});
    await thread.worker.terminate();
    expect(await next).toBe(true);
    await watched;
    await thread.exited;
  });
});

import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { defaultArena, MAX_THREADS } from '../../src/memory/arena.ts';
import { claimThread, releaseThread, takenPlaces } from '../../src/signal/doorbell.ts';
import { Mutex } from '../../src/signal/mutex.ts';
import { superviseThread, type SupervisedWorker } from '../../src/signal/supervise-thread.ts';
import { testRuntime } from '../support/install-runtime.ts';
import { lockAsThread } from './_lock-as-thread.ts';

/** A worker as far as its supervisor knows it, whose thread came to the arena by itself. */
class FakeWorker extends EventEmitter {
  readonly threadId: number;
  readonly thread: number;

  constructor(threadId: number) {
    super();
    this.threadId = threadId;
    this.thread = claimThread(defaultArena(), threadId + 2);
  }

  get hasPlace(): boolean {
    return takenPlaces(defaultArena()).some(({ threadId }) => threadId === this.threadId);
  }
}

describe('superviseThread', () => {
  test('hands on what the thread held, and gives its place to others', async () => {
    const mutex = new Mutex();
    const worker = new FakeWorker(1_001);
    const other = new FakeWorker(1_002);
    const [buried, otherBuried] = [superviseThread(worker), superviseThread(other)];
    lockAsThread(mutex, worker.thread);
    const next = mutex.lock();
    worker.emit('exit', 0);
    await buried;
    expect((await next).wasAbandoned).toBe(true);
    expect([worker.hasPlace, other.hasPlace]).toEqual([false, true]);
    other.emit('exit', 0);
    await otherBuried;
    mutex[Symbol.dispose]();
  });

  test('keeps the place of a thread that may still run after it was terminated', async () => {
    const worker = new FakeWorker(1_003);
    const buried = superviseThread(worker);
    worker.emit('exit', 1);
    await buried;
    expect(worker.hasPlace).toBe(!testRuntime.terminationIsProof);
  });

  test('gives the place of a thread that may not have stopped yet to others last of all', () => {
    const arena = defaultArena();
    const [stopping, stopped] = [claimThread(arena), claimThread(arena)];
    releaseThread(arena, stopping, false);
    releaseThread(arena, stopped);
    const claimed: number[] = [];
    while (takenPlaces(arena).length < MAX_THREADS) claimed.push(claimThread(arena));
    expect([claimed[0], claimed.at(-1)]).toEqual([stopped, stopping]);
    expect(() => claimThread(arena)).toThrow('all 64 places are taken');
    for (const thread of claimed) releaseThread(arena, thread);
  });

  test('refuses what is no worker, or one that has ended', () => {
    expect(() => superviseThread(undefined as never)).toThrow(
      'Expected a worker of node:worker_threads, got undefined',
    );
    expect(() => superviseThread({} as never)).toThrow("got an object without 'threadId' and 'on'");
    const ended: SupervisedWorker = Object.assign(new EventEmitter(), { threadId: -1 });
    expect(() => superviseThread(ended)).toThrow('it has ended already');
  });
});

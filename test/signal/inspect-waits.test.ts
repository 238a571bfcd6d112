import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena, THREADS_OFFSET } from '../../src/memory/arena.ts';
import { findCircles } from '../../src/signal/deadlock-search.ts';
import { claimThread, releaseThread } from '../../src/signal/doorbell.ts';
import { formatWaits, inspectWaits } from '../../src/signal/inspect-waits.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { Mutex } from '../../src/signal/mutex.ts';
import { join, leave } from '../../src/signal/primitive-block.ts';
import { ReadWriteLock } from '../../src/signal/read-write-lock.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { waitAny } from '../../src/signal/wait-any.ts';
import '../support/install-runtime.ts';
import { lockAsThread } from './_lock-as-thread.ts';
import { microtasks } from './_settled.ts';

const made: Disposable[] = [];
function keep<T extends Disposable>(thing: T): T {
  made.push(thing);
  return thing;
}
afterEach(() => {
  for (const thing of made.splice(0)) thing[Symbol.dispose]();
});

const edge = (from: number, to: number): { from: number; to: number; lock: string } => ({ from, to, lock: 'lock' });

describe('inspectWaits', () => {
  test('says what this thread waits for, by which method', async () => {
    const event = keep(new ManualResetEvent());
    const semaphore = keep(new Semaphore(0));
    const controller = new AbortController();
    const wait = waitAny([event, semaphore], { signal: controller.signal }).catch(() => {});
    const { waits, primitives } = inspectWaits();
    const [at, alsoAt] = [event.handle.offset, semaphore.handle.offset];
    expect(waits).toEqual([
      {
        method: 'waitAny',
        waited: expect.any(Number) as number,
        for: [`ManualResetEvent at ${at}`, `Semaphore at ${alsoAt}`],
      },
    ]);
    expect(primitives.map(({ kind, state, waiting }) => [kind, state, waiting.length])).toEqual([
      ['ManualResetEvent', 'not set', 1],
      ['Semaphore', '0 of 0 permits free', 1],
    ]);
    controller.abort();
    await wait;
    expect(inspectWaits()).toMatchObject({ waits: [], primitives: [], deadlocks: [] });
    expect(formatWaits(inspectWaits())).toBe('Nobody waits for anything');
  });

  test('says who has a lock', async () => {
    const mutex = keep(new Mutex());
    const lock = keep(new ReadWriteLock());
    const here = inspectWaits().threads[0]?.thread ?? -1;
    const guard = mutex.lockSync();
    const reader = lock.readSync();
    const writer = lock.write();
    await microtasks();
    expect(formatWaits(inspectWaits()).split('\n').slice(0, 2)).toEqual([
      `Mutex at ${mutex.handle.offset}: held by thread ${here}`,
      `ReadWriteLock at ${lock.handle.offset}: read by thread ${here}, then to be written by thread ${here}; ` +
        `waited for by thread ${here}`,
    ]);
    // Its own flows wait for each other, which is what locks are for.
    expect(inspectWaits().deadlocks).toEqual([]);
    reader.release();
    (await writer).release();
    guard.release();
  });

  test('is certain of a deadlock only where all of its threads are blocked', () => {
    const arena = defaultArena();
    const [one, two] = [claimThread(arena), claimThread(arena)];
    const [first, second] = [keep(new Mutex()), keep(new Mutex())];
    lockAsThread(first, one);
    lockAsThread(second, two);
    join(second.words, second.base, one);
    join(first.words, first.base, two);
    const blockedOn = (thread: number): number => (THREADS_OFFSET >> 2) + thread * 16 + 4;
    arena.i32[blockedOn(one)] = second.handle.offset;
    expect(inspectWaits().deadlocks).toMatchObject([{ threads: [one, two], isCertain: false }]);
    arena.i32[blockedOn(two)] = first.handle.offset;
    const [deadlock] = inspectWaits().deadlocks;
    expect(deadlock).toEqual({
      threads: [one, two],
      isCertain: true,
      description:
        `Deadlock: thread ${one} waits for the Mutex at ${second.handle.offset}, which thread ${two} has; ` +
        `thread ${two} waits for the Mutex at ${first.handle.offset}, which thread ${one} has`,
    });
    expect(formatWaits(inspectWaits())).toContain(`Blocked: threads ${one}, ${two}`);
    // Blocked on something else, what its other flows wait for holds nobody up.
    arena.i32[blockedOn(two)] = second.handle.offset;
    expect(inspectWaits().deadlocks).toEqual([]);
    leave(second.words, second.base, one);
    leave(first.words, first.base, two);
    for (const thread of [one, two]) releaseThread(arena, thread);
  });
});

describe('circles', () => {
  test('are found once each, and begin with their lowest thread', () => {
    const found = findCircles([edge(3, 1), edge(1, 2), edge(2, 3), edge(0, 1), edge(2, 4), edge(5, 6), edge(6, 5)]);
    expect(found.map((circle) => circle.map(({ from }) => from))).toEqual([
      [1, 2, 3],
      [5, 6],
    ]);
    expect(findCircles([edge(0, 1), edge(1, 2), edge(0, 2)])).toEqual([]);
  });
});

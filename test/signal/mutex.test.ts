import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { DeadlockError, WouldBlockError } from '../../src/errors.ts';
import { claimThread, releaseThread } from '../../src/signal/doorbell.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import { Mutex } from '../../src/signal/mutex.ts';
import type { MutexGuard } from '../../src/signal/mutex-guard.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { waitAll } from '../../src/signal/wait-all.ts';
import { waitAny, waitAnySync } from '../../src/signal/wait-any.ts';
import '../support/install-runtime.ts';
import { lockAsThread } from './_lock-as-thread.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

const mutexes: Mutex[] = [];
function make(): Mutex {
  const mutex = new Mutex();
  mutexes.push(mutex);
  return mutex;
}
afterEach(() => {
  for (const mutex of mutexes.splice(0)) mutex[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

describe('Mutex', () => {
  test('lets one flow in at a time, in the order of asking', async () => {
    const mutex = make();
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const guard = await mutex.lock();
        expect(++inside).toBe(1);
        order.push(i);
        await microtasks(3);
        inside--;
        guard.release();
      }),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(mutex.isLocked).toBe(false);
  });

  test('is locked while a guard holds it, and the guard says whether it does', async () => {
    const mutex = make();
    const guard = await mutex.lock();
    expect([mutex.isLocked, guard.isHeld, guard.wasAbandoned]).toEqual([true, true, false]);
    expect(mutex.tryLock()).toBeUndefined();
    guard.release();
    expect([mutex.isLocked, guard.isHeld]).toEqual([false, false]);
    expect(mutex.tryLock()?.isHeld).toBe(true);
  });

  test('a guard that is released late or twice does not release the hold of another', async () => {
    const mutex = make();
    const first = mutex.lockSync();
    first.release();
    const second = await mutex.lock();
    first.release();
    first[Symbol.dispose]();
    expect([mutex.isLocked, first.isHeld, second.isHeld]).toEqual([true, false, true]);
    mutex.unlock();
    const third = mutex.tryLock();
    second.release();
    expect(third?.isHeld).toBe(true);
  });

  test('goes to the next when a wait for it is cancelled or times out', async () => {
    const mutex = make();
    const held = mutex.lockSync();
    const controller = new AbortController();
    const cancelled = observe(mutex.lock({ signal: controller.signal }));
    const next = observe(mutex.lock());
    await expect(mutex.lock({ timeout: 1 })).rejects.toThrow('Mutex.lock did not succeed within 1 ms');
    controller.abort(new Error('changed my mind'));
    held.release();
    await microtasks();
    expect([cancelled.state, (cancelled.error as Error).message]).toEqual(['rejected', 'changed my mind']);
    expect(next.value?.isHeld).toBe(true);
  });

  test('a thread that blocks for what it has itself is told at once, whichever flow has it', async () => {
    const mutex = make();
    const guard = await mutex.lock();
    expect(() => mutex.lockSync({ allowBlocking: true })).toThrow(DeadlockError);
    expect(() => mutex.lockSync({ timeout: 5, allowBlocking: true })).toThrow(/this thread in Mutex\.lockSync: it has/);
    guard.release();
    mutex.lockSync().release();
  });

  test('an event-loop thread is refused to block for what another thread has', () => {
    const mutex = make();
    const free = lockAsThread(mutex, 40);
    expect(() => mutex.lockSync()).toThrow(WouldBlockError);
    expect(() => mutex.lockSync({ allowBlocking: true, timeout: 1 })).toThrow(
      'Mutex.lockSync did not succeed within 1',
    );
    free();
  });

  test('run releases it whatever becomes of the function, and passes on what it returns', async () => {
    const mutex = make();
    expect(await mutex.run((guard) => [guard.isHeld, mutex.isLocked])).toEqual([true, true]);
    await expect(mutex.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(mutex.run(undefined as never)).rejects.toThrow("Expected 'fn' to be a function, got undefined");
    expect(mutex.isLocked).toBe(false);
  });

  test('is what waitAny and waitAll may take, to be unlocked by hand', async () => {
    const mutex = make();
    const other = make();
    expect(await waitAny([mutex, other])).toBe(0);
    expect([mutex.isLocked, other.isLocked]).toEqual([true, false]);
    expect(waitAnySync([mutex, other])).toBe(1);
    mutex.unlock();
    other.unlock();
    await waitAll([mutex, other]);
    expect([mutex.isLocked, other.isLocked]).toEqual([true, true]);
    mutex.unlock();
    const both = observe(waitAll([mutex, other], { timeout: 1 }));
    await expect(other.lock({ timeout: 2 })).rejects.toThrow(/within 2 ms/);
    expect(both.state).toBe('rejected');
    expect(mutex.isLocked).toBe(false);
    other.unlock();
  });

  test('is unlocked only by the thread that has it', () => {
    const mutex = make();
    expect(() => mutex.unlock()).toThrow('this thread does not have it, nobody has it');
    const free = lockAsThread(mutex, 41);
    expect(() => mutex.unlock()).toThrow('this thread does not have it, thread 41 has it');
    free();
  });

  test('a guard may be released after the mutex was disposed', () => {
    const mutex = new Mutex();
    const guard = mutex.lockSync();
    mutex[Symbol.dispose]();
    guard.release();
    expect(guard.isHeld).toBe(false);
    expect(() => mutex.lockSync()).toThrow('it was disposed');
  });

  test('is the same mutex wherever its handle arrives, and no other kind of primitive', async () => {
    const mutex = make();
    const same = Mutex.from(mutex.handle);
    const guard = await same.lock();
    expect(mutex.isLocked).toBe(true);
    guard.release();
    const semaphore = new Semaphore(1);
    expect(() => Mutex.from(semaphore.handle)).toThrow('Expected the handle of a Mutex');
    semaphore[Symbol.dispose]();
  });

  test('refuses options that are none', async () => {
    const mutex = make();
    await expect(mutex.lock({ timeout: -1 })).rejects.toThrow("Expected option 'timeout' to be 0 or more");
    expect(() => mutex.lockSync({ timeout: 'soon' as never })).toThrow("Expected option 'timeout' to be a number");
  });
});

describe('a thread that dies', () => {
  test('hands on what it had to whoever waits first, who is told once', async () => {
    const mutex = make();
    const arena = defaultArena();
    const thread = claimThread(arena);
    lockAsThread(mutex, thread);
    const first = observe(mutex.lock());
    const second = observe(mutex.lock());
    await microtasks();
    expect(first.state).toBe('pending');
    forgetThread(arena, thread);
    forgetThread(arena, thread);
    releaseThread(arena, thread);
    await microtasks();
    expect([first.value?.wasAbandoned, second.state]).toEqual([true, 'pending']);
    first.value?.release();
    await microtasks();
    expect(second.value?.wasAbandoned).toBe(false);
  });

  test('is told to whoever comes later, and again if that one gives it back unused', async () => {
    const mutex = make();
    const other = make();
    const held = other.lockSync();
    lockAsThread(mutex, 42);
    forgetThread(defaultArena(), 42);
    expect(mutex.isLocked).toBe(false);
    await expect(waitAll([mutex, other], { timeout: 1 })).rejects.toThrow(/within 1 ms/);
    held.release();
    expect(mutex.tryLock()?.wasAbandoned).toBe(true);
  });

  test('takes along only what it had itself', () => {
    const mutex = make();
    const guard = mutex.lockSync();
    forgetThread(defaultArena(), 43);
    expect(guard.isHeld).toBe(true);
  });
});

describe('compared with a queue', () => {
  test('any sequence of locks, tries, releases and cancels gives the same holds', async () => {
    const step = fc.oneof(
      fc.constant({ lock: true as const }),
      fc.constant({ tryLock: true as const }),
      fc.record({ release: fc.nat() }),
      fc.record({ cancel: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const mutex = new Mutex();
        const model = new Model();
        const waits: Array<{ observed: Observed<MutexGuard>; controller: AbortController }> = [];
        for (const it of steps) {
          if ('lock' in it) {
            const controller = new AbortController();
            waits.push({ observed: observe(mutex.lock({ signal: controller.signal })), controller });
            model.lock();
          } else if ('tryLock' in it) {
            const guard = mutex.tryLock();
            expect(guard !== undefined).toBe(model.isFree);
            guard?.release();
          } else if ('release' in it) {
            // Also those that were released before, or never locked.
            const index = it.release % Math.max(1, waits.length);
            waits[index]?.observed.value?.release();
            model.release(index);
          } else {
            const index = it.cancel % Math.max(1, waits.length);
            waits[index]?.controller.abort();
            model.cancel(index);
          }
          await microtasks(5);
          expect(waits.map(({ observed }) => observed.state)).toEqual(model.states);
          expect(mutex.isLocked).toBe(!model.isFree);
        }
        for (const { controller } of waits) controller.abort();
        mutex[Symbol.dispose]();
      }),
      { numRuns: 60 },
    );
  });
});

/** Strictly first come, first served. */
class Model {
  readonly states: Array<'pending' | 'fulfilled' | 'rejected'> = [];
  #owner = -1;
  #queue: number[] = [];

  get isFree(): boolean {
    return this.#owner === -1;
  }

  lock(): void {
    this.#queue.push(this.states.push('pending') - 1);
    this.#serve();
  }

  release(index: number): void {
    if (index !== this.#owner) return;
    this.#owner = -1;
    this.#serve();
  }

  cancel(index: number): void {
    if (this.states[index] !== 'pending') return;
    this.states[index] = 'rejected';
    this.#queue = this.#queue.filter((each) => each !== index);
  }

  #serve(): void {
    const [first] = this.#queue;
    if (first === undefined || !this.isFree) return;
    this.#queue.shift();
    this.#owner = first;
    this.states[first] = 'fulfilled';
  }
}

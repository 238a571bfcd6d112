import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import type { Permit } from '../../src/signal/permit.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import '../support/install-runtime.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

const semaphores: Semaphore[] = [];
function make(permits: number): Semaphore {
  const semaphore = new Semaphore(permits);
  semaphores.push(semaphore);
  return semaphore;
}
afterEach(() => {
  for (const semaphore of semaphores.splice(0)) semaphore[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

describe('Semaphore', () => {
  test('never gives out more permits than it has', async () => {
    const semaphore = make(2);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const permit = await semaphore.acquire();
        most = Math.max(most, ++inside);
        await microtasks(3);
        inside--;
        permit.release();
      }),
    );
    expect(most).toBe(2);
    expect(semaphore.available).toBe(2);
  });

  test('a permit is released once, however often it is asked to', async () => {
    const semaphore = make(3);
    const permit = await semaphore.acquire(2);
    expect(permit.count).toBe(2);
    permit.release();
    permit.release();
    permit[Symbol.dispose]();
    expect(semaphore.available).toBe(3);
  });

  test('a permit may be released after the semaphore was disposed', async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    semaphore[Symbol.dispose]();
    permit.release();
  });

  test('does not let small requests pass a large one', async () => {
    const semaphore = make(2);
    const held = await semaphore.acquire();
    const large = observe(semaphore.acquire(2));
    const small = observe(semaphore.acquire());
    await microtasks();
    expect([large.state, small.state]).toEqual(['pending', 'pending']);
    expect(semaphore.tryAcquire()).toBeUndefined();
    held.release();
    await microtasks();
    expect([large.state, small.state]).toEqual(['fulfilled', 'pending']);
    large.value?.release();
    await microtasks();
    expect(small.state).toBe('fulfilled');
  });

  test('lets those behind a large request go when it is cancelled', async () => {
    const semaphore = make(1);
    const controller = new AbortController();
    const large = observe(semaphore.acquire(5, { signal: controller.signal }));
    const small = observe(semaphore.acquire());
    await microtasks();
    controller.abort();
    await microtasks();
    expect([large.state, small.state]).toEqual(['rejected', 'fulfilled']);
  });

  test('takes options in place of the count', async () => {
    const semaphore = make(0);
    await expect(semaphore.acquire({ timeout: 1 })).rejects.toThrow(/Semaphore\.acquire did not succeed within 1 ms/);
    expect(() => semaphore.acquireSync({ timeout: 1, allowBlocking: true })).toThrow(/within 1 ms/);
    semaphore.release();
    expect(semaphore.acquireSync().count).toBe(1);
  });

  test('may start with none and be released into', async () => {
    const semaphore = make(0);
    const waits = [semaphore.acquire(), semaphore.acquire(3)];
    semaphore.release(4);
    expect((await Promise.all(waits)).map(({ count }) => count)).toEqual([1, 3]);
    expect(semaphore.available).toBe(0);
  });

  test.each([-1, 1.5, NaN, 2 ** 31])('refuses %s permits with a RangeError', async (permits) => {
    expect(() => new Semaphore(permits)).toThrow(/Expected 'permits' to be a whole number from 0/);
    const semaphore = make(1);
    expect(() => semaphore.release(permits)).toThrow(/'count'/);
    expect(() => semaphore.tryAcquire(permits)).toThrow(/'count'/);
    await expect(semaphore.acquire(permits)).rejects.toThrow(RangeError);
    expect(() => new Semaphore('3' as never)).toThrow(TypeError);
  });

  test('refuses to have more permits than can be counted', () => {
    const semaphore = make(2 ** 31 - 1);
    expect(() => semaphore.release()).toThrow(/Cannot release 1 permits/);
    expect(semaphore.available).toBe(2 ** 31 - 1);
  });

  test('loses and makes no permit in 10,000 waits that are cancelled at random', async () => {
    const semaphore = make(3);
    let granted = 0;
    let cancelled = 0;
    await Promise.all(
      Array.from({ length: 10_000 }, async () => {
        const controller = new AbortController();
        const patience = Math.floor(Math.random() * 30);
        const wait = semaphore.acquire(1 + Math.floor(Math.random() * 3), { signal: controller.signal });
        void microtasks(patience).then(() => controller.abort());
        try {
          const permit = await wait;
          granted++;
          await microtasks(Math.floor(Math.random() * 4));
          permit.release();
        } catch {
          cancelled++;
        }
      }),
    );
    expect(granted + cancelled).toBe(10_000);
    expect(cancelled).toBeGreaterThan(0);
    expect(semaphore.available).toBe(3);
  });

  test('conserves permits when a wait is cancelled at any step of a release', async () => {
    for (let step = 0; step < 20; step++) {
      const semaphore = make(1);
      const held = await semaphore.acquire();
      const controller = new AbortController();
      const wait = semaphore.acquire({ signal: controller.signal });
      const outcome = observe(wait);
      void microtasks(step).then(() => controller.abort());
      void microtasks(10).then(() => held.release());
      await microtasks(40);
      expect(outcome.state).not.toBe('pending');
      if (outcome.state === 'fulfilled') outcome.value?.release();
      expect(semaphore.available).toBe(1);
    }
  });

  test('gives new permits to those who wait when it is made larger', async () => {
    const semaphore = make(1);
    await semaphore.acquire();
    const waits = [observe(semaphore.acquire()), observe(semaphore.acquire(2))];
    semaphore.resize(3);
    await microtasks();
    expect(waits.map(({ state }) => state)).toEqual(['fulfilled', 'pending']);
    expect([semaphore.permits, semaphore.available]).toEqual([3, 1]);
    semaphore.resize(4);
    await microtasks();
    expect(waits[1]?.state).toBe('fulfilled');
    expect([semaphore.permits, semaphore.available]).toEqual([4, 0]);
  });

  test('takes permits as they come back when it is made smaller', async () => {
    const semaphore = make(3);
    const held = [await semaphore.acquire(), await semaphore.acquire(), await semaphore.acquire()];
    semaphore.resize(1);
    expect([semaphore.permits, semaphore.available]).toEqual([1, -2]);
    const wait = observe(semaphore.acquire());
    for (const permit of held.slice(0, 2)) permit.release();
    await microtasks();
    expect([wait.state, semaphore.available, semaphore.tryAcquire()]).toEqual(['pending', 0, undefined]);
    held[2]?.release();
    await microtasks();
    expect(wait.state).toBe('fulfilled');
    semaphore.resize(0);
    wait.value?.release();
    expect([semaphore.permits, semaphore.available]).toEqual([0, 0]);
  });

  test('tells how many permits it was made with, whatever was released on top', () => {
    const semaphore = make(2);
    semaphore.release(3);
    expect([semaphore.permits, semaphore.available]).toEqual([2, 5]);
    semaphore.resize(2);
    expect(semaphore.available).toBe(5);
    expect(() => semaphore.resize(-1)).toThrow(/Expected 'permits' to be a whole number from 0/);
    expect(() => semaphore.resize('2' as never)).toThrow(TypeError);
  });

  test('behaves as a plain queue would', async () => {
    const step = fc.oneof(
      fc.record({ acquire: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ tryAcquire: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ release: fc.nat() }),
      fc.record({ add: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ resize: fc.integer({ min: 0, max: 6 }) }),
      fc.record({ cancel: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5 }), fc.array(step, { maxLength: 60 }), async (permits, steps) => {
        const semaphore = new Semaphore(permits);
        const model = new Model(permits);
        const waits: Array<{ observed: Observed<Permit>; controller: AbortController }> = [];
        const tried: Permit[] = [];
        for (const it of steps) {
          if ('acquire' in it) {
            const controller = new AbortController();
            const observed = observe(semaphore.acquire(it.acquire, { signal: controller.signal }));
            waits.push({ observed, controller });
            model.acquire(it.acquire);
          } else if ('tryAcquire' in it) {
            const permit = semaphore.tryAcquire(it.tryAcquire);
            expect(permit !== undefined).toBe(model.tryAcquire(it.tryAcquire));
            if (permit !== undefined) tried.push(permit);
          } else if ('release' in it) {
            const held = [...tried, ...waits.flatMap(({ observed }) => observed.value ?? [])];
            const permit = held[it.release % Math.max(1, held.length)];
            if (permit !== undefined && !released.has(permit)) {
              released.add(permit);
              permit.release();
              model.release(permit.count);
            }
          } else if ('add' in it) {
            semaphore.release(it.add);
            model.release(it.add);
          } else if ('resize' in it) {
            semaphore.resize(it.resize);
            model.resize(it.resize);
          } else {
            const index = it.cancel % Math.max(1, waits.length);
            waits[index]?.controller.abort();
            model.cancel(index);
          }
          await microtasks();
          expect(semaphore.available).toBe(model.free);
          expect(waits.map(({ observed }) => observed.state)).toEqual(model.states);
        }
        for (const { controller } of waits) controller.abort();
        semaphore[Symbol.dispose]();
      }),
      { numRuns: 100 },
    );
  });
});

const released = new WeakSet<Permit>();

/** Strictly first come, first served. */
class Model {
  free: number;
  #total: number;
  readonly states: Array<'pending' | 'fulfilled' | 'rejected'> = [];
  #queue: Array<{ index: number; count: number }> = [];

  constructor(free: number) {
    this.free = free;
    this.#total = free;
  }

  resize(total: number): void {
    this.free += total - this.#total;
    this.#total = total;
    this.#serve();
  }

  acquire(count: number): void {
    this.#queue.push({ index: this.states.push('pending') - 1, count });
    this.#serve();
  }

  tryAcquire(count: number): boolean {
    if (this.#queue.length > 0 || this.free < count) return false;
    this.free -= count;
    return true;
  }

  release(count: number): void {
    this.free += count;
    this.#serve();
  }

  cancel(index: number): void {
    if (this.states[index] !== 'pending') return;
    this.states[index] = 'rejected';
    this.#queue = this.#queue.filter((waiter) => waiter.index !== index);
    this.#serve();
  }

  #serve(): void {
    for (let first = this.#queue[0]; first !== undefined && first.count <= this.free; first = this.#queue[0]) {
      this.free -= first.count;
      this.states[first.index] = 'fulfilled';
      this.#queue.shift();
    }
  }
}

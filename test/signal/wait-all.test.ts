import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { waitAll } from '../../src/signal/wait-all.ts';
import '../support/install-runtime.ts';
import { microtasks, observe } from './_settled.ts';

const made: Disposable[] = [];
function keep<T extends Disposable>(thing: T): T {
  made.push(thing);
  return thing;
}
afterEach(() => {
  for (const thing of made.splice(0)) thing[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

describe('waitAll', () => {
  test('waits for everything', async () => {
    const event = keep(new ManualResetEvent());
    const auto = keep(new AutoResetEvent());
    const semaphore = keep(new Semaphore(0));
    const controller = new AbortController();
    const all = observe(waitAll([event, auto, semaphore, controller.signal, Promise.resolve()]));
    for (const happen of [() => semaphore.release(), () => controller.abort(), () => event.set()]) {
      happen();
      await microtasks(20);
      expect(all.state).toBe('pending');
    }
    auto.set();
    await microtasks(20);
    expect(all.state).toBe('fulfilled');
    expect([semaphore.available, auto.isSet]).toEqual([0, false]);
  });

  test('gives back what it took when it fails', async () => {
    const a = keep(new Semaphore(1));
    const b = keep(new AutoResetEvent(true));
    const c = keep(new Semaphore(0));
    await expect(waitAll([a, b, c], { timeout: 1 })).rejects.toThrow(/waitAll did not succeed within 1 ms/);
    expect([a.available, b.isSet, c.available]).toEqual([1, true, 0]);
    const reason = new Error('stop');
    const controller = new AbortController();
    const all = waitAll([c, a], { signal: controller.signal });
    await microtasks();
    controller.abort(reason);
    await expect(all).rejects.toBe(reason);
    expect(a.available).toBe(1);
  });

  test('two that want the same things in opposite order do not stop each other', async () => {
    const a = keep(new Semaphore(1));
    const b = keep(new Semaphore(1));
    const work = async (things: Semaphore[]): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        await waitAll(things);
        await microtasks(2);
        for (const semaphore of things) semaphore.release();
      }
    };
    await Promise.all([work([a, b]), work([b, a]), work([a, b])]);
    expect([a.available, b.available]).toEqual([1, 1]);
  });

  test('rejects as soon as a promise does', async () => {
    const event = keep(new ManualResetEvent());
    const error = new Error('no');
    await expect(waitAll([event, new Promise(() => {}), Promise.reject(error)])).rejects.toBe(error);
  });

  test('of nothing has happened', async () => {
    await waitAll([]);
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { waitAny, waitAnySync } from '../../src/signal/wait-any.ts';
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

describe('waitAny', () => {
  test('resolves to the index of what happened', async () => {
    const event = keep(new ManualResetEvent());
    const semaphore = keep(new Semaphore(0));
    const first = waitAny([event, semaphore]);
    semaphore.release();
    expect(await first).toBe(1);
    const second = waitAny([event, semaphore]);
    event.set();
    expect(await second).toBe(0);
  });

  test('takes the first of those that have happened already, and nothing from the others', async () => {
    const semaphores = [keep(new Semaphore(0)), keep(new Semaphore(1)), keep(new Semaphore(1))];
    expect(await waitAny(semaphores)).toBe(1);
    expect(semaphores.map(({ available }) => available)).toEqual([0, 0, 1]);
  });

  test('takes nothing from the losers, even when both happen in the same step', async () => {
    const a = keep(new Semaphore(0));
    const b = keep(new AutoResetEvent());
    const wait = waitAny([a, b]);
    a.release();
    b.set();
    expect(await wait).toBe(0);
    expect([a.available, b.isSet]).toEqual([0, true]);
  });

  test('frees the places of the losers: those behind them go on', async () => {
    const a = keep(new Semaphore(0));
    const b = keep(new Semaphore(1));
    const stuck = await b.acquire();
    const any = waitAny([a, b]);
    const behind = observe(b.acquire());
    a.release();
    expect(await any).toBe(0);
    stuck.release();
    await microtasks();
    expect(behind.state).toBe('fulfilled');
  });

  test('takes signals and promises beside primitives', async () => {
    const event = keep(new ManualResetEvent());
    const controller = new AbortController();
    const bySignal = waitAny([event, controller.signal]);
    controller.abort();
    expect(await bySignal).toBe(1);
    expect(await waitAny([event, controller.signal])).toBe(1);
    expect(await waitAny([event, Promise.resolve()])).toBe(1);
    event.set();
    expect(await waitAny([controller.signal, event])).toBe(0);
    expect(await waitAny([event, controller.signal])).toBe(0);
  });

  test('rejects when a promise among them is rejected', async () => {
    const event = keep(new ManualResetEvent());
    const error = new Error('no');
    await expect(waitAny([event, Promise.reject(error)])).rejects.toBe(error);
  });

  test('leaves no listener on a signal, and one callback on a promise however often it is waited for', async () => {
    let listeners = 0;
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    let callbacks = 0;
    const promise = { then: () => void callbacks++ } as unknown as PromiseLike<void>;
    const semaphore = keep(new Semaphore(0));
    for (let i = 0; i < 100; i++) {
      const wait = waitAny([semaphore, signal, promise], { signal });
      semaphore.release();
      expect(await wait).toBe(0);
    }
    expect(listeners).toBe(0);
    expect(callbacks).toBe(1);
  });

  test('rejects with the reason of the signal in its options, or after its timeout', async () => {
    const event = keep(new ManualResetEvent());
    const reason = new Error('stop');
    await expect(waitAny([event], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(waitAny([event], { timeout: 1 })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('settles thousands of waits that hang together without exhausting the stack', async () => {
    const count = 5_000;
    const chain = Array.from({ length: count }, () => keep(new AutoResetEvent()));
    const waits = chain.slice(1).map((event, i) => waitAny([chain[i] as AutoResetEvent, event]));
    for (const event of chain) event.set();
    expect(await Promise.all(waits)).toEqual(Array.from({ length: count - 1 }, () => 0));
  });

  test('refuses what cannot be waited for', async () => {
    await expect(waitAny([])).rejects.toThrow(RangeError);
    await expect(waitAny(5 as never)).rejects.toThrow(TypeError);
    await expect(waitAny([{} as never])).rejects.toThrow(/at index 0 to be a primitive, a signal or a promise/);
  });
});

describe('waitAnySync', () => {
  test('returns the index of what has happened already', () => {
    const events = [keep(new AutoResetEvent()), keep(new AutoResetEvent(true))];
    expect(waitAnySync(events)).toBe(1);
    expect(() => waitAnySync(events)).toThrow(/await waitAny instead/);
    expect(() => waitAnySync(events, { allowBlocking: true, timeout: 1 })).toThrow(/within 1 ms/);
  });

  test('refuses what cannot happen while the thread is blocked', () => {
    expect(() => waitAnySync([Promise.resolve() as never])).toThrow(/await waitAny for others/);
  });
});

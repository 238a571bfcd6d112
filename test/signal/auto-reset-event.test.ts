import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import '../support/install-runtime.ts';
import { microtasks, observe } from './_settled.ts';

const events: AutoResetEvent[] = [];
function make(initial?: boolean): AutoResetEvent {
  const event = new AutoResetEvent(initial);
  events.push(event);
  return event;
}
afterEach(() => {
  for (const event of events.splice(0)) event[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

describe('AutoResetEvent', () => {
  test('lets one waiter go for each time it is set, in the order in which they came', async () => {
    const event = make();
    const order: number[] = [];
    const waits = [0, 1, 2].map((index) => event.wait().then(() => order.push(index)));
    for (const wait of waits) {
      event.set();
      await wait;
    }
    expect(order).toEqual([0, 1, 2]);
    expect(event.isSet).toBe(false);
  });

  test('stays set until somebody comes', async () => {
    const event = make();
    event.set();
    expect(event.isSet).toBe(true);
    await event.wait();
    expect(event.isSet).toBe(false);
  });

  test('lets only one go however often it was set before', async () => {
    const event = make(true);
    event.set();
    event.set();
    await event.wait();
    const second = observe(event.wait({ signal: AbortSignal.timeout(1) }));
    await microtasks();
    expect(second.state).toBe('pending');
  });

  test('is not taken by a wait that was cancelled', async () => {
    const event = make();
    const controller = new AbortController();
    const cancelled = event.wait({ signal: controller.signal });
    const next = event.wait();
    controller.abort();
    event.set();
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    await next;
  });

  test('is taken at once by tryWait, but not past those who wait', async () => {
    const event = make();
    expect(event.tryWait()).toBe(false);
    event.set();
    expect(event.tryWait()).toBe(true);
    expect(event.tryWait()).toBe(false);
  });

  test('can be taken back', async () => {
    const event = make(true);
    event.reset();
    expect(event.tryWait()).toBe(false);
  });

  test('does not block when it is set', () => {
    const event = make(true);
    event.waitSync();
    expect(() => event.waitSync()).toThrow(expect.objectContaining({ code: 'ERR_WOULD_BLOCK' }));
  });
});

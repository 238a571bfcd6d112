import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { revive } from '../../src/memory/shared-object.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import '../support/install-runtime.ts';
import { microtasks, observe } from './_settled.ts';
import { withFakeTime } from './_with-fake-time.ts';

const events: ManualResetEvent[] = [];
function make(initial?: boolean): ManualResetEvent {
  const event = new ManualResetEvent(initial);
  events.push(event);
  return event;
}
afterEach(() => {
  for (const event of events.splice(0)) event[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

describe('ManualResetEvent', () => {
  test('lets go all who wait, and who comes later does not wait', async () => {
    const event = make();
    const waits = [event.wait(), event.wait(), event.wait()];
    expect(event.isSet).toBe(false);
    event.set();
    await Promise.all(waits);
    await event.wait();
    event.waitSync();
    expect(event.tryWait()).toBe(true);
  });

  test('has those who come after a reset wait again', async () => {
    const event = make(true);
    event.reset();
    const wait = observe(event.wait());
    await microtasks();
    expect(wait.state).toBe('pending');
    event.set();
    await microtasks();
    expect(wait.state).toBe('fulfilled');
  });

  test('lets go those who wait even if it is reset at once', async () => {
    const event = make();
    const wait = event.wait();
    event.set();
    event.reset();
    await wait;
    expect(event.isSet).toBe(false);
  });

  test('may be set and reset more than once without a change', async () => {
    const event = make();
    event.reset();
    event.set();
    event.set();
    expect(event.isSet).toBe(true);
    event.reset();
    event.reset();
    expect(event.isSet).toBe(false);
  });

  test('is the same event wherever its handle arrives', async () => {
    const event = make();
    const other = ManualResetEvent.from(structuredClone(event.handle));
    const wait = other.wait();
    event.set();
    await wait;
    expect(other.isSet).toBe(true);
    expect((revive(event.handle) as ManualResetEvent).isSet).toBe(true);
  });

  test('refuses a handle of something else', () => {
    const auto = new AutoResetEvent();
    expect(() => ManualResetEvent.from(auto.handle)).toThrow(/Expected the handle of a ManualResetEvent .* kind/);
    expect(() => ManualResetEvent.from({} as never)).toThrow(TypeError);
    expect(() => ManualResetEvent.from(null as never)).toThrow(TypeError);
    expect(() => new ManualResetEvent(1 as never)).toThrow(/'initial'/);
    auto[Symbol.dispose]();
  });

  test('waits no longer than its timeout, and not less', async () => {
    await withFakeTime(async (time) => {
      const event = make();
      const wait = observe(event.wait({ timeout: 250 }));
      time.advanceTo(249.9);
      await microtasks();
      expect(wait.state).toBe('pending');
      time.advanceTo(250);
      await microtasks();
      expect(wait).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', code: 'ERR_DEADLINE_EXCEEDED' } });
      expect(String(wait.error)).toContain('250 ms');
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('leaves no timer behind when it is set in time', async () => {
    await withFakeTime(async (time) => {
      const event = make();
      const wait = event.wait({ timeout: 250 });
      expect(time.pendingTimers).toBe(1);
      event.set();
      await wait;
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('with a timeout of 0 succeeds only if it is set', async () => {
    const event = make();
    await expect(event.wait({ timeout: 0 })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(() => event.waitSync({ timeout: 0 })).toThrow(/within 0 ms/);
    event.set();
    await event.wait({ timeout: 0 });
    event.waitSync({ timeout: 0 });
  });

  test('rejects with the reason of its signal, before and while waiting', async () => {
    const event = make();
    const reason = new Error('enough');
    await expect(event.wait({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(() => event.waitSync({ signal: AbortSignal.abort(reason) })).toThrow(reason);
    const controller = new AbortController();
    const wait = event.wait({ signal: controller.signal });
    controller.abort(reason);
    await expect(wait).rejects.toBe(reason);
  });

  test('refuses to block the main thread, naming what to do instead', () => {
    const event = make();
    expect(() => event.waitSync()).toThrow(/await ManualResetEvent\.wait instead, or pass 'allowBlocking: true'/);
    expect(() => event.waitSync()).toThrow(expect.objectContaining({ code: 'ERR_WOULD_BLOCK' }));
    expect(() => event.waitSync({ allowBlocking: true, timeout: 1 })).toThrow(/did not succeed within 1 ms/);
  });

  test('rejects those who wait when it is disposed, and refuses to be used after', async () => {
    const event = new ManualResetEvent();
    const other = ManualResetEvent.from(event.handle);
    const wait = other.wait();
    event[Symbol.dispose]();
    await expect(wait).rejects.toThrow(/ManualResetEvent was disposed while it was waited for/);
    expect(() => event.set()).toThrow(/Cannot use the ManualResetEvent: it was disposed/);
    expect(() => other.isSet).toThrow(/disposed/);
    await expect(other.wait()).rejects.toThrow(/disposed/);
    expect(() => ManualResetEvent.from(event.handle)).toThrow(/disposed/);
    event[Symbol.dispose]();
    expect(event.isDisposed).toBe(true);
  });
});

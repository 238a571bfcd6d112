import { expect, test } from 'vitest';
import { shield } from '../../src/lifecycle/shield.ts';
import { microtasks, observe } from '../signal/_settled.ts';
import { withFakeTime } from '../signal/_with-fake-time.ts';
import '../support/install-runtime.ts';

test('shielded work is not cut by the cancel that it cleans up after', async () => {
  const outer = new AbortController();
  let finish!: (value: string) => void;
  const work = observe(
    shield(
      (signal) => {
        outer.abort();
        expect(signal.aborted).toBe(false);
        return new Promise<string>((resolve) => (finish = resolve));
      },
      { timeout: 1_000 },
    ),
  );
  await microtasks();
  expect(work.state).toBe('pending');
  finish('rolled back');
  await microtasks();
  expect(work).toEqual({ state: 'fulfilled', value: 'rolled back' });
});

test('shielded work that takes too long is told, and waited for no longer', async () => {
  await withFakeTime(async (time) => {
    let own: AbortSignal | undefined;
    const work = observe(shield((signal) => new Promise(() => (own = signal)), { timeout: 250 }));
    time.advanceTo(249.9);
    await microtasks();
    expect([work.state, own?.aborted]).toEqual(['pending', false]);
    time.advanceTo(250);
    await microtasks();
    expect(work).toMatchObject({ state: 'rejected', error: { code: 'ERR_DEADLINE_EXCEEDED' } });
    expect(own?.reason).toBe(work.error);
    expect(time.pendingTimers).toBe(0);
  });
});

test('what shielded work throws is passed on, and leaves no timer', async () => {
  await withFakeTime(async (time) => {
    const error = new Error('no');
    await expect(shield(() => Promise.reject(error), { timeout: 10 })).rejects.toBe(error);
    const throws = (): never => {
      throw error;
    };
    await expect(shield(throws, { timeout: 10 })).rejects.toBe(error);
    expect(time.pendingTimers).toBe(0);
  });
});

test('a shield without a bound is refused', async () => {
  await expect(shield(() => 1, {} as never)).rejects.toThrow(/'timeout' to be a number, got undefined/);
  await expect(shield(1 as never, { timeout: 1 })).rejects.toThrow(/'fn' to be a function/);
});

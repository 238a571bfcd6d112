import { describe, expect, test } from 'vitest';
import { DeadlineExceededError } from '../../src/errors.ts';
import { timeout } from '../../src/pacing/timeout.ts';
import { observe } from '../signal/_settled.ts';
import { countListeners, gate, onVirtualClock } from './_virtual-time.ts';

describe('timeout', () => {
  test('passes on what comes in time, and leaves nothing behind', () =>
    onVirtualClock(async (clock) => {
      const { signal } = new AbortController();
      const listeners = countListeners(signal);
      await expect(timeout(Promise.resolve(1), 10, { signal })).resolves.toBe(1);
      await expect(timeout(() => 2, 10, { signal })).resolves.toBe(2);
      await expect(timeout(async () => 3, Infinity)).resolves.toBe(3);
      const failure = new Error('no');
      await expect(timeout(Promise.reject(failure), 10)).rejects.toBe(failure);
      await expect(
        timeout(() => {
          throw failure;
        }, 10),
      ).rejects.toBe(failure);
      expect([clock.pending, listeners()]).toEqual([0, 0]);
    }));

  test('rejects exactly when the time is over, naming what took too long and how long that was', () =>
    onVirtualClock(async (clock) => {
      const late = observe(
        timeout(function fetchUser() {
          return new Promise(() => {});
        }, 250),
      );
      await clock.advance(249.5);
      expect(late.state).toBe('pending');
      await clock.advance(0.5);
      expect(late.error).toBeInstanceOf(DeadlineExceededError);
      expect(late.error).toMatchObject({ name: 'TimeoutError', message: "'fetchUser' did not end within 250 ms" });
    }));

  test('tells the function to stop, but does not wait for it', () =>
    onVirtualClock(async (clock) => {
      let given: AbortSignal | undefined;
      const end = gate();
      const late = observe(
        timeout((signal) => {
          given = signal;
          return end.opened;
        }, 10),
      );
      await clock.advance(10);
      expect(late.state).toBe('rejected');
      expect(given?.reason).toBe(late.error);
      end.open();
    }));

  test('is its own answer even if the function fails because it was told to stop', () =>
    onVirtualClock(async (clock) => {
      const late = observe(
        timeout(
          (signal) =>
            new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('interrupted')))),
          10,
        ),
      );
      await clock.advance(10);
      expect(late.error).toBeInstanceOf(DeadlineExceededError);
    }));

  test('passes an abort on: the caller has its answer at once, the function its signal', () =>
    onVirtualClock(async (clock) => {
      const controller = new AbortController();
      let given: AbortSignal | undefined;
      const aborted = observe(
        timeout(
          (signal) => {
            given = signal;
            return new Promise(() => {});
          },
          10,
          { signal: controller.signal },
        ),
      );
      const reason = new Error('enough');
      controller.abort(reason);
      await clock.advance(0);
      expect([aborted.error, given?.reason]).toEqual([reason, reason]);
      let called = false;
      await expect(timeout(() => (called = true), 10, { signal: controller.signal })).rejects.toBe(reason);
      expect(called).toBe(false);
    }));

  test('an outcome that comes after the answer goes nowhere', () =>
    onVirtualClock(async (clock) => {
      let fail: (error: Error) => void = () => {};
      const late = observe(timeout(new Promise((_, reject) => (fail = reject)), 10));
      await clock.advance(10);
      fail(new Error('too late to matter'));
      await clock.advance(0);
      expect(late.error).toBeInstanceOf(DeadlineExceededError);
    }));

  test('refuses what can have no timeout', async () => {
    await expect(timeout(5 as never, 10)).rejects.toThrow(/a promise or a function, got number/);
    await expect(timeout(Promise.resolve(), -1)).rejects.toThrow(RangeError);
  });
});

import { describe, expect, test } from 'vitest';
import { WouldBlockError } from '../../src/errors.ts';
import { installRuntime } from '../../src/runtime.ts';
import { sleep, sleepSync } from '../../src/pacing/sleep.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { runScript } from '../support/run-script.ts';
import { testRuntime } from '../support/install-runtime.ts';
import { observe } from '../signal/_settled.ts';
import { countListeners, onVirtualClock } from './_virtual-time.ts';

describe('sleep', () => {
  test('ends when its time has come, not before', () =>
    onVirtualClock(async (clock) => {
      const slept = observe(sleep(50));
      await clock.advance(49.999);
      expect(slept.state).toBe('pending');
      await clock.advance(0.001);
      expect(slept.state).toBe('fulfilled');
    }));

  test('takes longer times than any timer does', () =>
    onVirtualClock(async (clock) => {
      const ms = 3 * 2 ** 31 + 0.5;
      const slept = observe(sleep(ms));
      await clock.advance(ms - 1);
      expect(slept.state).toBe('pending');
      await clock.advance(1);
      expect(slept.state).toBe('fulfilled');
    }));

  test('is never early in real time', async () => {
    const early: number[] = [];
    const one = async (ms: number): Promise<void> => {
      const start = testRuntime.now();
      await sleep(ms);
      const slept = testRuntime.now() - start;
      if (slept < ms) early.push(slept - ms);
    };
    await Promise.all(Array.from({ length: 100 }, (_, i) => one(1 + (i % 20) * 1.03)));
    expect(early).toEqual([]);
  });

  test('ends at once with the reason when it is aborted, and leaves nothing behind', () =>
    onVirtualClock(async (clock) => {
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const slept = sleep(Infinity, { signal: controller.signal });
      const timed = sleep(10, { signal: controller.signal });
      expect([listeners(), clock.pending]).toEqual([2, 1]);
      const reason = new Error('enough');
      controller.abort(reason);
      await expect(slept).rejects.toBe(reason);
      await expect(timed).rejects.toBe(reason);
      expect([listeners(), clock.pending]).toEqual([0, 0]);
      await expect(sleep(10, { signal: controller.signal })).rejects.toBe(reason);
    }));

  test('leaves no listener behind when it ends by itself', () =>
    onVirtualClock(async (clock) => {
      const { signal } = new AbortController();
      const listeners = countListeners(signal);
      const slept = sleep(10, { signal });
      await clock.advance(10);
      await slept;
      expect(listeners()).toBe(0);
    }));

  test.each([
    [-1, RangeError, "'ms' to be milliseconds, 0 or more, got -1"],
    [Number.NaN, RangeError, 'got NaN'],
    ['5', TypeError, "got '5'"],
    [undefined, TypeError, 'got undefined'],
  ])('refuses %j as a time', async (ms, kind, message) => {
    await expect(sleep(ms as number)).rejects.toThrow(kind);
    await expect(sleep(ms as number)).rejects.toThrow(message);
    expect(() => sleepSync(ms as number)).toThrow(kind);
  });

  test('refuses what is no signal and what is no clock', async () => {
    await expect(sleep(1, { signal: {} as AbortSignal })).rejects.toThrow("option 'signal' to be an AbortSignal");
    await expect(sleep(1, { clock: Date as never })).rejects.toThrow("option 'clock' to be a Clock");
  });
});

describe.concurrent('a process with nothing left but a sleep or a poller', () => {
  test.each([
    ['stays until it has slept, and until the poller has stopped', 'ref', 'polling\nrun 1\nrun 2\nawake\n'],
    ['ends if neither holds it', 'unref', 'polling\nrun 1\n'],
  ])('%s', async (_, how, stdout) => {
    const script = new URL('./_sleeping-process.ts', import.meta.url);
    expect(await runScript(script, [how])).toEqual({ code: 0, stdout, stderr: '' });
  });
});

describe('sleepSync', () => {
  const inThread = { ...testRuntime, mayBlock: true };
  const inEventLoop = { ...testRuntime, mayBlock: false };

  test('is refused where an event loop runs, with the name of what to await instead', () => {
    installRuntime(inEventLoop);
    try {
      expect(() => sleepSync(1)).toThrow(WouldBlockError);
      expect(() => sleepSync(1)).toThrow(/await sleep instead, or pass 'allowBlocking: true'/);
    } finally {
      installRuntime(testRuntime);
    }
  });

  test.each([
    ['on a thread that may block', inThread, {}],
    ['on any thread by an explicit option', inEventLoop, { allowBlocking: true }],
  ])('blocks %s, never for less than was asked', (_, runtime, options) => {
    installRuntime(runtime);
    try {
      for (const ms of [0, 0.4, 3.7]) {
        const start = testRuntime.now();
        sleepSync(ms, options);
        expect(testRuntime.now() - start).toBeGreaterThanOrEqual(ms);
      }
    } finally {
      installRuntime(testRuntime);
    }
  });

  test('moves a virtual clock instead of blocking', () => {
    const clock = new VirtualClock().install();
    try {
      sleepSync(86_400_000, { allowBlocking: true });
      expect(clock.now()).toBe(86_400_000);
    } finally {
      clock[Symbol.dispose]();
    }
  });

  test('refuses a sleep that nothing could end', () => {
    expect(() => sleepSync(Infinity, { allowBlocking: true })).toThrow(/nothing could end this sleep/);
  });
});

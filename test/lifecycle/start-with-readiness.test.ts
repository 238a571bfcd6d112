import { afterEach, describe, expect, test } from 'vitest';
import { startWithReadiness } from '../../src/lifecycle/start-with-readiness.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { localQueues } from '../../src/signal/local-waits.ts';
import { microtasks, observe } from '../signal/_settled.ts';
import { withFakeTime } from '../signal/_with-fake-time.ts';
import '../support/install-runtime.ts';

const forEver = (): Promise<never> => new Promise(() => {});
const settle = (): Promise<void> => microtasks(60);
afterEach(() => expect([...localQueues()]).toEqual([]));

describe('startWithReadiness', () => {
  test('resolves with what was started once it says that it is ready', async () => {
    await withFakeTime(async (time) => {
      const ready = new ManualResetEvent();
      const worker = { id: 7 };
      let given: AbortSignal | undefined;
      const started = observe(
        startWithReadiness(
          (signal) => {
            given = signal;
            return Promise.resolve(worker);
          },
          { ready },
        ),
      );
      await settle();
      expect(started.state).toBe('pending');
      ready.set();
      await settle();
      expect(started.value).toBe(worker);
      expect([given?.aborted, time.pendingTimers]).toEqual([false, 0]);
      ready[Symbol.dispose]();
    });
  });

  test('takes a promise, a signal, or what the started thing has', async () => {
    expect(await startWithReadiness(() => 1, { ready: Promise.resolve() })).toBe(1);
    expect(await startWithReadiness(() => 2, { ready: AbortSignal.abort() })).toBe(2);
    const server = { listening: Promise.resolve() };
    expect(await startWithReadiness(() => server, { ready: ({ listening }) => listening })).toBe(server);
  });

  test('asks for health with growing pauses of at most 50 ms, and not after it is well', async () => {
    await withFakeTime(async (time) => {
      const asked: number[] = [];
      const started = observe(
        startWithReadiness(() => 'db', {
          health: (handle): boolean => {
            asked.push(time.now());
            if (asked.length < 14) throw new Error('refused');
            return handle === 'db';
          },
        }),
      );
      for (let at = 0; at <= 500; at++) {
        time.advanceTo(at);
        await microtasks(4);
      }
      expect(started).toEqual({ state: 'fulfilled', value: 'db' });
      const pauses = asked.slice(1).map((at, i) => at - (asked[i] as number));
      expect(pauses.slice(0, 4)).toEqual([1, 2, 3, 4]);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(51);
      expect(pauses.slice(-2).every((pause) => pause >= 50)).toBe(true);
      expect([asked.length, time.pendingTimers]).toEqual([14, 0]);
    });
  });

  test.each([
    ['the ready signal', { ready: forEver() }, 'its ready signal has not come'],
    [
      'the health check that fails',
      { health: (): Promise<never> => Promise.reject(new RangeError('refused')) },
      'the last of 2 health checks failed: RangeError: refused',
    ],
    ['the health check that says no', { health: (): boolean => false }, 'the last of 2 health checks returned false'],
    ['the health check that does not answer', { health: forEver }, 'its only health check has not answered yet'],
    [
      'both',
      { ready: forEver(), health: (): boolean => false },
      'its ready signal has not come; the last of 2 health checks returned false',
    ],
  ])('is not ready in time, and names %s', async (_, options, seen) => {
    await withFakeTime(async (time) => {
      let given: AbortSignal | undefined;
      const started = observe(
        startWithReadiness((signal) => void (given = signal), { ...options, name: 'db', timeout: 2 }),
      );
      await settle();
      time.advanceTo(1);
      await settle();
      expect(started.state).toBe('pending');
      time.advanceTo(2);
      await settle();
      expect(started).toMatchObject({ state: 'rejected', error: { name: 'NotReadyError', code: 'ERR_NOT_READY' } });
      expect((started.error as Error).message).toBe(`Cannot start 'db': not ready after 2 ms: ${seen}`);
      expect((started.error as Error).cause).toEqual(seen.includes('refused') ? new RangeError('refused') : undefined);
      expect([given?.reason, time.pendingTimers]).toEqual([started.error, 0]);
    });
  });

  test('a start that does not return is not waited for longer than the timeout', async () => {
    await withFakeTime(async (time) => {
      const started = observe(startWithReadiness(forEver, { ready: forEver(), timeout: 5 }));
      time.advanceTo(5);
      await settle();
      expect(String(started.error)).toContain('Cannot start it: not ready after 5 ms: its start has not returned');
    });
  });

  test('a start that fails, and a ready signal that fails, are told at once', async () => {
    const failure = new Error('no such file');
    const throws = (): never => {
      throw failure;
    };
    await expect(startWithReadiness(throws, { ready: forEver(), name: 'x' })).rejects.toMatchObject({
      message: "Cannot start 'x': its start failed: Error: no such file",
      cause: failure,
    });
    await expect(startWithReadiness(() => 1, { ready: Promise.reject(failure) })).rejects.toMatchObject({
      code: 'ERR_NOT_READY',
      message: 'Cannot start it: its ready signal failed: Error: no such file',
      cause: failure,
    });
  });

  test('what ends before it is ready is told at once, with the error it ended with', async () => {
    await withFakeTime(async (time) => {
      const crash = new Error('exit code 1');
      const dead = { exited: Promise.reject(crash) };
      await expect(startWithReadiness(() => dead, { ready: forEver(), name: 'db' })).rejects.toMatchObject({
        code: 'ERR_NOT_READY',
        cause: crash,
        message: "Cannot start 'db': it ended with Error: exit code 1; its ready signal has not come",
      });
      const gone = startWithReadiness(() => 1, { health: () => false, exited: () => Promise.resolve() });
      await expect(gone).rejects.toThrow(/it ended before it was ready; its only health check returned false/);
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('gives up when its signal fires, for that reason, and tells what was started', async () => {
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    let given: AbortSignal | undefined;
    const started = startWithReadiness((signal) => void (given = signal), {
      ready: forEver(),
      signal: controller.signal,
    });
    await settle();
    controller.abort(reason);
    await expect(started).rejects.toBe(reason);
    expect(given?.reason).toBe(reason);
    await expect(startWithReadiness(() => 1, { ready: forEver(), signal: controller.signal })).rejects.toBe(reason);
  });

  test('refuses wrong options, naming them', async () => {
    await expect(startWithReadiness(1 as never, { ready: forEver() })).rejects.toThrow(/'start' to be a function/);
    await expect(startWithReadiness(() => 1, {})).rejects.toThrow(/'ready' .* or option 'health'/);
    await expect(startWithReadiness(() => 1, { health: 5 as never })).rejects.toThrow(/'health' to be a function/);
    await expect(startWithReadiness(() => 1, { ready: forEver(), timeout: -1 })).rejects.toThrow(RangeError);
    await expect(startWithReadiness(() => 1, { ready: 5 as never })).rejects.toThrow(
      /a primitive, a signal or a promise/,
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { now } from '../../src/pacing/clock.ts';
import { runtimeDeadlines } from '../../src/pacing/deadlines.ts';
import { sleep } from '../../src/pacing/sleep.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { testRuntime } from '../support/install-runtime.ts';
import { observe } from '../signal/_settled.ts';

describe('a virtual clock', () => {
  test('moves only when told, and by exactly that much', async () => {
    const clock = new VirtualClock({ now: 5 });
    await clock.advance(0.25);
    expect(clock.now()).toBe(5.25);
    await clock.advanceTo(1_000_000);
    expect(clock.now()).toBe(1_000_000);
  });

  test('wakes sleepers in the order of their times, each at its very time', async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    for (const ms of [30, 10.25, 10.75, 20]) {
      void sleep(ms, { clock }).then(() => woken.push(`${ms} at ${clock.now()}`));
    }
    expect(clock.pending).toBe(4);
    await clock.advance(20);
    expect(woken).toEqual(['10.25 at 10.25', '10.75 at 10.75', '20 at 20']);
    expect([clock.pending, clock.next]).toEqual([1, 30]);
  });

  test('lets code between two sleeps run before it moves on, however many promises that takes', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    void (async () => {
      for (let step = 0; step < 5; step++) {
        await sleep(10, { clock });
        for (let i = 0; i < 100; i++) await Promise.resolve();
        times.push(clock.now());
      }
    })();
    await clock.advance(35);
    expect(times).toEqual([10, 20, 30]);
    await clock.advance(100);
    expect(times).toEqual([10, 20, 30, 40, 50]);
  });

  test('goes from one event to the next when asked', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const first = sleep(5, { clock, signal: abort.signal });
    void sleep(70_000, { clock });
    abort.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await clock.runNext()).toBe(true);
    expect(clock.now()).toBe(70_000);
    expect(await clock.runNext()).toBe(false);
  });

  test('is the clock of its thread while it is installed, and no longer', async () => {
    const before = now();
    const clock = new VirtualClock({ now: -7 }).install();
    try {
      expect(now()).toBe(-7);
      const wait = observe(new ManualResetEvent().wait({ timeout: 60_000 }));
      await clock.advance(59_999);
      expect(wait.state).toBe('pending');
      await clock.advance(1);
      expect(wait.error).toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
      expect(runtimeDeadlines().now()).toBeGreaterThanOrEqual(0);
    } finally {
      clock[Symbol.dispose]();
    }
    expect(now()).toBeGreaterThanOrEqual(before);
    expect(now()).toBeGreaterThan(-7);
  });

  test('lets time pass for a thread that blocks: what came due meanwhile happens late', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    void sleep(10, { clock }).then(() => times.push(clock.now()));
    clock.block(25);
    expect(times).toEqual([]);
    await clock.advance(0);
    expect(times).toEqual([25]);
  });

  test('stops a program that never comes to rest', async () => {
    const clock = new VirtualClock({ limit: 50 });
    let rounds = 0;
    void (async () => {
      for (; rounds < 1_000; rounds++) await sleep(0, { clock });
    })();
    await expect(clock.advance(1)).rejects.toThrow('50 timers fired there');
    expect(rounds).toBeLessThan(100);
  });

  test('refuses to go back, to nowhere, and to be moved twice at once', async () => {
    const clock = new VirtualClock({ now: 100 });
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError);
    await expect(clock.advance(Infinity)).rejects.toThrow(RangeError);
    await expect(clock.advanceTo(99)).rejects.toThrow(/at least 100, got 99/);
    await expect(clock.advance('1' as unknown as number)).rejects.toThrow(TypeError);
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow(/while it is being advanced/);
    await first;
    expect(clock.now()).toBe(110);
  });

  test('fires timers of its own as a real one would, and not once cancelled', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.setTimer(() => fired.push('b'), 20);
    clock.setTimer(() => fired.push('a'), 10);
    clock.setTimer(() => fired.push('c'), 20);
    const cancelled = clock.setTimer(() => fired.push('never'), 15);
    cancelled.cancel();
    expect(clock.pending).toBe(3);
    await clock.advance(20);
    expect(fired).toEqual(['a', 'b', 'c']);
    expect(clock.pending).toBe(0);
  });

  test('is exact and ordered for any set of sleeps, however time is cut up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 8 }),
        fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 1, maxLength: 4 }),
        async (delays, steps) => {
          const clock = new VirtualClock();
          const woken: Array<{ ms: number; at: number }> = [];
          for (const ms of delays) void sleep(ms, { clock }).then(() => woken.push({ ms, at: clock.now() }));
          for (const step of steps) await clock.advance(step);
          const due = delays.filter((ms) => ms <= clock.now()).sort((a, b) => a - b);
          expect(woken).toEqual(due.map((ms) => ({ ms, at: ms })));
        },
      ),
      { numRuns: 50 },
    );
    expect(testRuntime.now()).toBeGreaterThan(0);
  });
});

import { describe, expect, test } from 'vitest';
import {
  adoptClock,
  CLOCK_BOUND_MS,
  CLOCK_EXCHANGE_WORDS,
  clockBound,
  now,
  observeClock,
  offerClock,
  setClockOffset,
} from '../../src/pacing/clock.ts';
import { installRuntime } from '../../src/runtime.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { startThread } from '../support/attached-thread.ts';
import { testRuntime } from '../support/install-runtime.ts';

/** Stamps are float64 milliseconds read from a nanosecond clock: they agree to about this much at best. */
const RESOLUTION_MS = 0.001;

describe('the clock', () => {
  test('agrees between threads within the stated bound: stamps passed back and forth are in causal order', async () => {
    const rounds = 300;
    const words = new Int32Array(new SharedArrayBuffer(CLOCK_EXCHANGE_WORDS * 4));
    const stamps = new Float64Array(new SharedArrayBuffer(16));
    const ping = new AutoResetEvent();
    const pong = new AutoResetEvent();
    const thread = startThread(new URL('./_clock-thread.ts', import.meta.url), {
      words,
      stamps,
      ping: ping.handle,
      pong: pong.handle,
      rounds,
    });
    let asked = await thread.message();
    while (asked === 'ask') {
      ping.set();
      offerClock(words);
      asked = await thread.message();
    }
    expect(asked).toBe('adopted');

    let worst = Infinity;
    for (let round = 0; round < rounds; round++) {
      stamps[0] = now();
      ping.set();
      await pong.wait();
      worst = Math.min(worst, now() - (stamps[1] ?? 0));
    }
    const report = (await thread.message()) as { attempts: number; bound: number; worst: number };
    await thread.exited;

    expect(report.bound).toBeLessThanOrEqual(testRuntime.sharedClockOrigin ? 0 : CLOCK_BOUND_MS);
    expect(worst).toBeGreaterThanOrEqual(-report.bound - RESOLUTION_MS);
    expect(report.worst).toBeGreaterThanOrEqual(-report.bound - RESOLUTION_MS);
    ping[Symbol.dispose]();
    pong[Symbol.dispose]();
  });

  test('never goes back, whatever it learns', () => {
    installRuntime({ ...testRuntime, sharedClockOrigin: false });
    try {
      expect(clockBound()).toBe(Infinity);
      const before = now();
      observeClock(before + 1_000);
      const after = now();
      expect(after).toBeGreaterThanOrEqual(before + 1_000);
      observeClock(before);
      expect(now()).toBeGreaterThanOrEqual(after);
      expect(clockBound()).toBe(Infinity);
    } finally {
      installRuntime(testRuntime);
    }
  });

  test('gives up after a short spin when nobody answers, and can ask again', () => {
    installRuntime({ ...testRuntime, sharedClockOrigin: false });
    try {
      const words = new Int32Array(new SharedArrayBuffer(CLOCK_EXCHANGE_WORDS * 4));
      expect(adoptClock(words)).toBe(false);
      const unanswered = words[0];
      // The late answer must not be taken for one to the next question.
      expect(offerClock(words)).toBe(true);
      expect(adoptClock(words)).toBe(false);
      expect(words[0]).toBeGreaterThan(unanswered ?? Infinity);
    } finally {
      installRuntime(testRuntime);
    }
  });

  test('tells other threads real time, whatever this thread takes for its clock', () => {
    const words = new Int32Array(new SharedArrayBuffer(CLOCK_EXCHANGE_WORDS * 4));
    const before = now();
    const clock = new VirtualClock({ now: -1e9 }).install();
    try {
      words[0] = 1;
      expect(offerClock(words)).toBe(true);
      expect(now()).toBe(-1e9);
    } finally {
      clock[Symbol.dispose]();
    }
    expect(new Float64Array(words.buffer, 18 * 4, 1)[0]).toBeGreaterThanOrEqual(before);
  });

  test('takes an offset that is known from elsewhere, and refuses one that is none', () => {
    expect(() => setClockOffset(NaN)).toThrow(RangeError);
    setClockOffset(5_000);
    expect(now() - testRuntime.now()).toBeGreaterThan(4_999);
    expect(clockBound()).toBe(0);
  });
});

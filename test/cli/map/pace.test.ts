import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATCH_UP_MS, Pace } from '../../../src/cli/map/pace.ts';
import type { Timer } from '../../../src/runtime.ts';
import { replaceClock } from '../../../src/signal/deadline-source.ts';
import '../../support/install-runtime.ts';

/** Time that passes only in timers, each of which fires as late as it is told to. */
class LateClock {
  time = 0;
  lateness = 0;
  #fire: (() => void) | undefined;

  readonly now = (): number => this.time;

  readonly setTimer = (callback: () => void, ms: number): Timer => {
    this.#fire = () => {
      this.time += ms + this.lateness;
      callback();
    };
    return { cancel: () => (this.#fire = undefined) };
  };

  fire(): void {
    const fire = this.#fire;
    this.#fire = undefined;
    fire?.();
  }
}

/** Somebody who makes calls as soon as it may. */
class Caller implements Disposable {
  readonly clock: LateClock = new LateClock();
  readonly #restoreClock: () => void = replaceClock(this.clock);
  readonly #pace: Pace;
  #due = (): void => {};

  constructor(interval: number) {
    this.#pace = new Pace(interval, () => this.#due());
  }

  /** Makes the next call. Resolves to its time. */
  async call(): Promise<number> {
    if (this.#pace.take()) return this.clock.time;
    const due = new Promise<void>((resolve) => (this.#due = resolve));
    this.clock.fire();
    await due;
    expect(this.#pace.take()).toBe(true);
    return this.clock.time;
  }

  [Symbol.dispose](): void {
    this.#pace[Symbol.dispose]();
    this.#restoreClock();
  }
}

/** The times of calls, each as late as the timer that it waited for. */
async function callTimes(interval: number, latenesses: readonly number[]): Promise<number[]> {
  using caller = new Caller(interval);
  const times: number[] = [];
  for (const lateness of latenesses) {
    caller.clock.lateness = lateness;
    times.push(await caller.call());
  }
  return times;
}

describe('Pace', () => {
  test('the first call is due at once, the others one interval apart', async () => {
    expect(await callTimes(250, [0, 0, 0, 0])).toEqual([0, 250, 500, 750]);
  });

  test('small delays are caught up, so the rate is met', async () => {
    const latenesses = Array.from({ length: 1_001 }, (_, index) => index % 7);
    expect((await callTimes(10, latenesses)).at(-1)).toBeLessThan(10_000 + 10);
  });

  test('a rate faster than timers is met', async () => {
    const times = await callTimes(0.01, new Array<number>(50_000).fill(20));
    expect(times.at(-1)).toBeLessThan(500 + 21);
  });

  test('what is caught up is no burst', async () => {
    const times = await callTimes(0.1, new Array<number>(5_000).fill(300));
    const counts = [...new Set(times)].map((at) => times.filter((time) => time === at).length);
    expect(Math.max(...counts)).toBe(CATCH_UP_MS / 0.1 + 1);
  });

  test('a pause is not followed by a burst', async () => {
    using caller = new Caller(100);
    await caller.call();
    caller.clock.time = 60_000;
    expect([await caller.call(), await caller.call()]).toEqual([60_000, 60_000 + 100 - CATCH_UP_MS]);
  });

  test('a first call that comes late is not followed by a burst', async () => {
    using caller = new Caller(10);
    caller.clock.time = 60_000;
    expect([await caller.call(), await caller.call()]).toEqual([60_000, 60_010]);
  });

  test('whoever waits until it is due never makes more calls than the rate has room for', () =>
    fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.01, max: 1_000, noNaN: true }),
        fc.array(fc.nat(300), { minLength: 1, maxLength: 200 }),
        async (interval, latenesses) => {
          const times = await callTimes(interval, latenesses);
          const [first = 0] = times;
          for (const [index, time] of times.entries()) {
            expect(index).toBeLessThanOrEqual((time - first) / interval + 1e-6);
          }
        },
      ),
    ));

  test('takes rates that no timer could tell apart', async () => {
    const [first, second] = await callTimes(1e-300, [0, 0]);
    expect([first, Math.ceil(second ?? Number.NaN)]).toEqual([0, 1]);
    expect(await callTimes(1e12, [0])).toEqual([0]);
  });
});

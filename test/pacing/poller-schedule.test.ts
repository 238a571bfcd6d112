import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PollerOptions } from '../../src/pacing/poller-options.ts';
import { PollerSchedule } from '../../src/pacing/poller-schedule.ts';

/** When runs start if each takes so long, and timers are late by so much. */
function starts(options: PollerOptions, durations: readonly number[], late: readonly number[] = []): number[] {
  const schedule = new PollerSchedule(options, options.interval, 0);
  let now = 0;
  return durations.map((duration, i) => {
    const startedAt = Math.max(now, schedule.nextAt) + (late[i] ?? 0);
    schedule.start(startedAt);
    now = startedAt + duration;
    schedule.end(startedAt, now, false);
    return startedAt;
  });
}

describe('the schedule of a poller', () => {
  test("'fixed' counts from start to start, 'spaced' from end to start", () => {
    expect(starts({ interval: 10 }, [3, 3, 3])).toEqual([0, 10, 20]);
    expect(starts({ interval: 10, mode: 'spaced' }, [3, 3, 3])).toEqual([0, 13, 26]);
  });

  test('lateness does not add up on a fixed interval', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 2, maxLength: 100 }), (late) => {
        for (const missed of ['skip', 'delay', 'burst'] as const) {
          const times = starts(
            { interval: 10, missed },
            late.map(() => 0.5),
            late,
          );
          times.forEach((at, i) => expect(at).toBeCloseTo(i * 10 + (late[i] ?? 0), 6));
        }
      }),
    );
  });

  test.each([
    // A run of 25 from 0 to 25: ticks 10 and 20 come meanwhile.
    ['skip', [0, 30, 40, 50]],
    ['delay', [0, 25, 35, 45]],
    ['burst', [0, 25, 26, 30]],
  ] as const)("missed ticks: '%s'", (missed, expected) => {
    expect(starts({ interval: 10, missed }, [25, 1, 1, 1])).toEqual(expected);
  });

  test.each([
    // The process sleeps from 10 to 47: the tick of 10 comes 37 late, those of 20, 30 and 40 not at all.
    ['skip', [0, 47, 50, 60], 3],
    ['delay', [0, 47, 57, 67], 3],
    ['burst', [0, 47, 48, 49, 50, 51, 60], 0],
  ] as const)("ticks missed because the process slept: '%s'", (missed, expected, count) => {
    const durations = expected.map(() => 1);
    expect(starts({ interval: 10, missed }, durations, [0, 37])).toEqual(expected);
    const schedule = new PollerSchedule({ interval: 10, missed }, 10, 0);
    schedule.start(0);
    schedule.end(0, 1, false);
    schedule.start(47);
    expect(schedule.missed).toBe(count);
  });

  test('a tick that comes just as a run ends is not missed', () => {
    expect(starts({ interval: 10 }, [10, 20, 1])).toEqual([0, 10, 30]);
    expect(starts({ interval: 10, missed: 'delay' }, [10, 20, 1])).toEqual([0, 10, 30]);
  });

  test('for all runs: ticks are on the grid, never overlap, and each is run or counted as missed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 50 }),
        (interval, durations) => {
          const schedule = new PollerSchedule({ interval, missed: 'skip' }, interval, 0);
          let now = 0;
          durations.forEach((duration, runs) => {
            expect(schedule.nextAt).toBeGreaterThanOrEqual(now);
            expect(schedule.nextAt % interval).toBe(0);
            expect(schedule.nextAt / interval).toBe(runs + schedule.missed);
            const at = schedule.nextAt;
            schedule.start(at);
            now = at + duration;
            schedule.end(at, now, false);
          });
        },
      ),
    );
  });

  test('after an error: its own interval, from the end of the run; the first success starts a new grid', () => {
    const schedule = new PollerSchedule({ interval: 100, errorInterval: 7 }, 100, 0);
    schedule.start(0);
    schedule.end(0, 5, true);
    expect(schedule.nextAt).toBe(12);
    schedule.start(12);
    schedule.end(12, 20, true);
    expect([schedule.nextAt, schedule.failures]).toEqual([27, 2]);
    schedule.start(27);
    schedule.end(27, 28, false);
    expect([schedule.nextAt, schedule.failures]).toEqual([127, 0]);
  });

  test('after an error, a new interval does not move its time; a run in between that succeeds does', () => {
    const schedule = new PollerSchedule({ interval: 100, errorInterval: 50 }, 100, 0);
    schedule.start(0);
    schedule.end(0, 5, true);
    schedule.changeInterval(10, 6);
    expect(schedule.nextAt).toBe(55);
    schedule.end(23, 24, false);
    expect(schedule.nextAt).toBe(33);
  });

  test('a shorter interval that is over already is due now, and nothing was missed', () => {
    const schedule = new PollerSchedule({ interval: 1_000 }, 1_000, 0);
    schedule.start(0);
    schedule.end(0, 1, false);
    schedule.changeInterval(10, 95);
    expect([schedule.nextAt, schedule.start(95), schedule.missed]).toEqual([95, 95, 0]);
    schedule.end(95, 96, false);
    expect(schedule.nextAt).toBe(105);
  });

  test('after errors with a backoff: longer each time, from the start again after a success', () => {
    const backoff = { baseDelay: 10, maxDelay: 30, jitter: 'none' } as const;
    const schedule = new PollerSchedule({ interval: 100, backoff }, 100, 0);
    let now = 0;
    const waits = [true, true, true, true, false, true].map((failed) => {
      schedule.start(now);
      schedule.end(now, now, failed);
      const wait = schedule.nextAt - now;
      now = schedule.nextAt;
      return wait;
    });
    expect(waits).toEqual([10, 20, 30, 30, 100, 10]);
  });

  test('a failure without an interval of its own changes nothing', () => {
    const schedule = new PollerSchedule({ interval: 100 }, 100, 0);
    schedule.start(0);
    schedule.end(0, 5, true);
    expect([schedule.nextAt, schedule.failures]).toEqual([100, 1]);
    schedule.changeInterval(50, 5);
    expect(schedule.nextAt).toBe(50);
  });

  test('jitter puts each tick up to a fraction later, and leaves the grid where it is', () => {
    const randoms = [0.5, 1, 0];
    const options = { interval: 100, jitter: 0.2, random: () => randoms.shift() ?? 0 };
    expect(starts(options, [1, 1, 1, 1])).toEqual([0, 110, 220, 300]);
  });

  test('a run between ticks leaves a fixed grid where it is, and begins a spaced interval anew', () => {
    for (const [mode, next] of [
      ['fixed', 100],
      ['spaced', 145],
    ] as const) {
      const schedule = new PollerSchedule({ interval: 100, mode }, 100, 0);
      schedule.start(0);
      schedule.end(0, 1, false);
      schedule.end(40, 45, false);
      expect(schedule.nextAt).toBe(next);
    }
  });

  test('an interval without end is waited for without end', () => {
    expect(starts({ interval: Infinity }, [1])).toEqual([0]);
    const schedule = new PollerSchedule({ interval: Infinity, jitter: 0.5, immediate: false }, Infinity, 0);
    expect(schedule.nextAt).toBe(Infinity);
    schedule.changeInterval(10, 3);
    expect(schedule.nextAt).toBeGreaterThanOrEqual(10);
  });
});

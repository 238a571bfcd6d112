/** The words of a limiter against a plain model of one, with generated times, weights and rates. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { Gcra, GCRA_BYTES, initializeGcra, type Rate } from '../../src/pacing/gcra.ts';
import { Reservation } from '../../src/pacing/reservation.ts';
import { installRuntime } from '../../src/runtime.ts';
import { KIND } from '../../src/signal/primitive-block.ts';
import { Random } from '../faults/_random.ts';
import { testRuntime } from '../support/install-runtime.ts';
import { scaled } from '../support/scale.ts';
import { type Pass, worstWindow } from './_limited-time.ts';

const RUNS = scaled(200);
const STEPS = 200;
/** Of a permit: where a decision is so near that the rounding of the clock makes it. */
const NEAR = 1e-6;

let time = 0;
const made: number[] = [];
beforeEach(() => installRuntime({ ...testRuntime, now: () => time }));
afterEach(() => {
  for (const offset of made.splice(0)) defaultArena().free(offset);
  installRuntime(testRuntime);
});

function gcraOf(rate: Rate): Gcra {
  const arena = defaultArena();
  const offset = arena.allocate(GCRA_BYTES, KIND.rateLimiter);
  made.push(offset);
  initializeGcra(arena, offset, rate);
  return new Gcra(arena, offset);
}

/** From 0.01 to a million a second. */
function anyRate(random: Random): Rate {
  return {
    permitsPerMs: 10 ** (random.next() * 8 - 2) / 1_000,
    burst: 1 + random.below(random.chance(0.5) ? 5 : 1_000),
  };
}

/** Time goes on by up to two permits, now and then by a burst or more. */
function goOn(random: Random, { permitsPerMs, burst }: Rate): void {
  const permits = random.chance(0.05) ? random.next() * burst * 3 : random.next() * 2;
  time += permits / permitsPerMs;
}

/** A bucket, as it is explained to people. */
class Bucket {
  readonly #rate: Rate;
  #tokens: number;
  #at = time;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  get tokens(): number {
    return Math.min(this.#rate.burst, this.#tokens + (time - this.#at) * this.#rate.permitsPerMs);
  }

  take(count: number): void {
    this.#tokens = this.tokens - count;
    this.#at = time;
  }
}

function forAny(body: (random: Random, rate: Rate) => void): void {
  for (let run = 0; run < RUNS; run++) {
    const random = new Random(run);
    time = random.next() * 1e7;
    const rate = anyRate(random);
    try {
      body(random, rate);
    } catch (error) {
      throw new Error(`Run ${run}, ${rate.permitsPerMs * 1_000}/s, burst ${rate.burst}`, { cause: error });
    }
  }
}

describe('for any rate, burst, weights and times', () => {
  test('a permit is there exactly when a bucket would have it', () => {
    forAny((random, rate) => {
      const gcra = gcraOf(rate);
      const bucket = new Bucket(rate);
      for (let step = 0; step < STEPS; step++) {
        goOn(random, rate);
        const count = 1 + random.below(random.chance(0.9) ? Math.min(3, rate.burst) : rate.burst);
        const taken = gcra.takeUnreserved(count, gcra.now());
        if (Math.abs(bucket.tokens - count) > NEAR) expect(taken).toBe(bucket.tokens > count);
        if (taken) bucket.take(count);
      }
    });
  });

  test('no window holds more than the rate and the burst, however late and in whatever order all come', () => {
    forAny((random, rate) => {
      const gcra = gcraOf(rate);
      const passes: Pass[] = [];
      const waiting: Array<{ reservation: Reservation; count: number }> = [];
      for (let step = 0; step < STEPS; step++) {
        goOn(random, rate);
        const at = gcra.now();
        const count = 1 + random.below(rate.burst);
        if (waiting.length < 8 && random.chance(0.4)) {
          waiting.push({ reservation: new Reservation(gcra, count, at), count });
        } else if (waiting.length > 0 && random.chance(0.2)) {
          waiting.splice(random.below(waiting.length), 1)[0]?.reservation.giveBack(at);
        } else if (random.chance(0.3)) {
          if (gcra.takeUnreserved(count, at)) passes.push({ at: time, count });
        } else if (random.chance(0.1)) {
          if (gcra.take(count, at)) gcra.untake(count, at);
        } else if (random.chance(0.02)) {
          gcra.penalize((random.next() * 3) / rate.permitsPerMs);
        }
        for (const each of waiting.slice()) {
          if (random.chance(0.3) || !each.reservation.tryPass(at)) continue;
          passes.push({ at: time, count: each.count });
          waiting.splice(waiting.indexOf(each), 1);
        }
      }
      expect(passes.length).toBeGreaterThan(0);
      expect(worstWindow(passes, rate.permitsPerMs)).toBeLessThanOrEqual(rate.burst + NEAR);
    });
  });

  test('what was cancelled is there for others: all that the rate brings is used', () => {
    forAny((random, rate) => {
      const gcra = gcraOf(rate);
      const begin = time;
      let passed = 0;
      let next = new Reservation(gcra, 1, gcra.now());
      // Always somebody who waits for one permit, and comes in time; beside him others who give up.
      for (let step = 0; step < STEPS; step++) {
        const doomed = new Reservation(gcra, 1 + random.below(rate.burst), gcra.now());
        time += Math.max(0, next.due - gcra.now()) / rate.permitsPerMs;
        doomed.giveBack(gcra.now());
        while (next.tryPass(gcra.now())) {
          passed++;
          next = new Reservation(gcra, 1, gcra.now());
        }
      }
      // What comes last may still be reserved, with what was given up while it was.
      const brought = (time - begin) * rate.permitsPerMs + rate.burst;
      expect(passed).toBeGreaterThanOrEqual(Math.floor(brought - NEAR) - rate.burst);
    });
  });
});

describe('reservations', () => {
  test('are due one after the other, and all can be used when they are', () => {
    forAny((random, rate) => {
      const gcra = gcraOf(rate);
      gcra.take(rate.burst, gcra.now());
      const counts = Array.from({ length: 20 }, () => 1 + random.below(rate.burst));
      const reservations = counts.map((count) => new Reservation(gcra, count, gcra.now()));
      let previous = gcra.now();
      for (const [index, reservation] of reservations.entries()) {
        expect(Math.abs(reservation.due - previous - (counts[index] as number))).toBeLessThan(NEAR);
        expect(reservation.tryPass(gcra.now())).toBe(false);
        previous = reservation.due;
        time += (reservation.due - gcra.now()) / rate.permitsPerMs;
        expect(reservation.tryPass(gcra.now())).toBe(true);
      }
    });
  });

  test('that a penalty delays are due in their old order, one after the other, after a single try', () => {
    const gcra = gcraOf({ permitsPerMs: 1, burst: 4 });
    gcra.take(4, gcra.now());
    const reservations = [1, 2, 3].map(() => new Reservation(gcra, 1, gcra.now()));
    gcra.penalize(100);
    const dues = reservations.map((reservation) => {
      time += Math.max(0, reservation.due - gcra.now());
      expect(reservation.tryPass(gcra.now())).toBe(false);
      return reservation.due;
    });
    for (const [index, due] of dues.entries()) expect(due - (dues[0] as number)).toBeCloseTo(index, 6);
    for (const reservation of reservations) {
      time += reservation.due - gcra.now();
      expect(reservation.tryPass(gcra.now())).toBe(true);
    }
  });

  test('become due later when they are made larger, and take no more with them when they are given back', () => {
    const gcra = gcraOf({ permitsPerMs: 1, burst: 4 });
    gcra.take(4, gcra.now());
    const horizon = gcra.horizon(gcra.now());
    const reservation = new Reservation(gcra, 1, gcra.now());
    const { due } = reservation;
    reservation.resize(3);
    expect(reservation.due - due).toBeCloseTo(2, 6);
    expect(gcra.horizon(gcra.now()) - horizon).toBeCloseTo(3, 6);
    reservation.giveBack(gcra.now());
    expect(gcra.horizon(gcra.now())).toBeCloseTo(horizon, 6);
  });

  test('of a slow thread get their turn beside a fast one that always wants more', () => {
    const gcra = gcraOf({ permitsPerMs: 1, burst: 10 });
    gcra.take(10, gcra.now());
    const slow = [1, 1, 2].map((count) => new Reservation(gcra, count, gcra.now()));
    // All were kept from running for longer than the burst can make up for.
    time += 100;
    let greedy = new Reservation(gcra, 1, gcra.now());
    let passed = 0;
    for (let wakeUps = 0; slow.length > 0; wakeUps++) {
      // Whatever is due, the fast one is there first, and takes what it can.
      for (; greedy.tryPass(gcra.now()); passed++) greedy = new Reservation(gcra, 1, gcra.now());
      for (const each of slow.slice()) if (each.tryPass(gcra.now())) slow.splice(slow.indexOf(each), 1);
      time += Math.max(0, Math.min(greedy.due, ...slow.map(({ due }) => due)) - gcra.now()) + 0.5;
      expect(wakeUps).toBeLessThan(10);
    }
    expect(passed).toBeGreaterThanOrEqual(10);
  });

  test('that nobody uses any more hold up others no longer than it would have taken to use them', () => {
    const gcra = gcraOf({ permitsPerMs: 1, burst: 1 });
    gcra.take(1, gcra.now());
    const abandoned = new Reservation(gcra, 1, gcra.now());
    time += 0.5;
    expect(gcra.takeUnreserved(1, gcra.now())).toBe(false);
    time += 0.5;
    // Due: it goes before others.
    expect(gcra.takeUnreserved(1, gcra.now())).toBe(false);
    time += 1;
    expect(gcra.takeUnreserved(1, gcra.now())).toBe(true);
    time += 1;
    expect(gcra.takeUnreserved(1, gcra.now())).toBe(true);
    abandoned.giveBack(gcra.now());
  });
});

/**
 * The generic cell rate algorithm over shared words: what a rate limiter has given out, and to whom it has promised.
 *
 * After ITU-T I.371, annex A (https://www.itu.int/rec/T-REC-I.371), and its account at
 * https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm. Time is counted in permits: `at` is how many the rate has
 * brought since the limiter was made. Adding permits to a time is then an addition of whole numbers, so that nothing
 * is lost to rounding, however many are taken. The block, one line:
 *
 *     byte  0  Int32    queued    1 while a reservation may be ahead of what was taken
 *     byte  8  Float64  arrival   the theoretical arrival time: when all that was taken has been brought again
 *     byte 16  Float64  reserved  the end of the last reservation; means nothing once `arrival` or the time has passed
 *     byte 24  Float64  latest    the latest time that any thread has looked at; where clocks may disagree
 *     byte 32  Float64  permits per millisecond; 40: burst; 48: when the limiter was made. Never changed.
 *
 * **Never above the rate.** Permits pass only by `take`: one CAS that moves `arrival` from A to max(A, at) + n, which
 * is allowed only if that is at most `at` + burst. A pass at t1 leaves A >= t1 + n1, and the sum n1 + ... + nk of the
 * passes from t1 to tk makes A >= t1 + that sum; since A <= tk + burst, the sum is at most burst + (tk - t1), for any
 * window. It holds whatever the rest of this file does, for every order of threads, and for a thread that dies at
 * any step.
 *
 * **Order.** `reserved` is a promise to those who wait: who reserves n permits moves it on by n and is due when his
 * share has come, and so each has a time of his own, sleeps once, and finds his share. It is a hint for all others,
 * not an account. Time passes it by, so what a dead or stuck thread had reserved hinders nobody for longer than it
 * would have taken to use it. A reservation that is given up moves it back: those who had reserved after it keep
 * their times, and who comes next gets the share.
 *
 * **Time.** It must be one for all: a thread whose clock is behind by more than the burst is worth would never be let
 * go beside others who take all there is. Where threads' clocks have different origins and a start under load has
 * left them apart, `latest` moves the slow ones on. The time is then that of the clock that is ahead.
 *
 * `queued` lets a limiter that nobody waits for do without a look at `reserved`. Who reserves moves `reserved`, then
 * sets it. Who finds nothing reserved ahead clears it, then looks at `reserved` again and sets it if that has moved. In
 * the one order of all atomics the second look comes after the move, or the setting after the clearing.
 *
 * **Guesses.** An atomic read of 64 bits makes a BigInt, which costs as much as the rest of a pass. So `arrival` and
 * `latest` are first read as plain floats, which may be old or, in theory, torn. No pass is based on one: the CAS of
 * `take` goes through only if the word is what was guessed, and nobody is refused but after an atomic read.
 */
import type { Arena } from '../memory/arena.ts';
import { load, store } from '../memory/atomic.ts';
import { loadFloat, swapFloat } from '../memory/shared-float.ts';
import { runtime } from '../runtime.ts';
import { replacedClock } from '../signal/deadline-source.ts';
import { now, observeClock } from './clock.ts';

/** Bytes of a limiter's block. */
export const GCRA_BYTES = 64;

const QUEUED = 0;
const ARRIVAL = 1;
const RESERVED = 2;
const LATEST = 3;
const PERMITS_PER_MS = 4;
const BURST = 5;
const ORIGIN = 6;

/** What became of an attempt to take: also that somebody else has moved `arrival`. */
const PASSED = 0;
const REFUSED = 1;
const MOVED = 2;

/** Times are sums of floats: two that should be equal may differ by a few units in the last place of the clock. */
const ROUNDING: number = 2 ** -50;

/**
 * Milliseconds that `latest` may be behind before it is written again: a fifth of what clocks may disagree by, and many
 * passes under load.
 */
const LATEST_SLACK_MS = 0.02;

/** What a limiter allows. */
export interface Rate {
  readonly permitsPerMs: number;
  readonly burst: number;
}

/** Writes what never changes into a new block. Before anybody else knows it. */
export function initializeGcra(arena: Arena, offset: number, { permitsPerMs, burst }: Rate): void {
  const parameters = new Float64Array(arena.buffer, offset, GCRA_BYTES / 8);
  parameters[PERMITS_PER_MS] = permitsPerMs;
  parameters[BURST] = burst;
  parameters[ORIGIN] = now();
  parameters[LATEST] = parameters[ORIGIN];
}

/** One limiter's state, as one thread sees it. */
export class Gcra implements Rate {
  readonly arena: Arena;
  readonly offset: number;
  readonly permitsPerMs: number;
  readonly burst: number;
  readonly #generation: number;
  readonly #queued: Int32Array;
  readonly #words: BigInt64Array;
  /** The same words, to guess from. */
  readonly #guesses: Float64Array;
  readonly #hasOneClock: boolean = runtime().sharedClockOrigin;
  readonly #origin: number;
  /** The origin on the clock, in permits: the rounding of a time is that of the clock. */
  readonly #start: number;

  constructor(arena: Arena, offset: number) {
    const parameters = new Float64Array(arena.buffer, offset, GCRA_BYTES / 8);
    this.#guesses = parameters;
    this.arena = arena;
    this.offset = offset;
    this.permitsPerMs = parameters[PERMITS_PER_MS] as number;
    this.burst = parameters[BURST] as number;
    this.#origin = parameters[ORIGIN] as number;
    this.#start = Math.abs(this.#origin) * this.permitsPerMs;
    this.#generation = arena.generation(offset);
    this.#queued = new Int32Array(arena.buffer, offset, GCRA_BYTES / 4);
    this.#words = new BigInt64Array(arena.buffer, offset, GCRA_BYTES / 8);
  }

  /** Whether its block was given back, by this thread or another. */
  get isDisposed(): boolean {
    return this.arena.generation(this.offset) !== this.#generation;
  }

  /** The time, in permits. */
  now(): number {
    const time = this.#hasOneClock ? now() : this.#sharedTime();
    return (time - this.#origin) * this.permitsPerMs;
  }

  /** Whether `time` has come at `at`. */
  hasCome(time: number, at: number): boolean {
    return time - at <= (Math.abs(at) + this.#start) * ROUNDING;
  }

  /** How many milliseconds from `at` to `time`. */
  milliseconds(at: number, time: number): number {
    return Math.max(0, time - at) / this.permitsPerMs;
  }

  /** When all that was taken has been brought again. */
  get arrival(): number {
    return loadFloat(this.#words, ARRIVAL);
  }

  /** When all that was taken or reserved has been brought again. */
  horizon(at: number): number {
    return Math.max(loadFloat(this.#words, RESERVED), this.arrival, at);
  }

  /** Takes `count` permits if they are there, whoever else waits for them. The only way to get any. */
  take(count: number, at: number): boolean {
    const guess = this.#guesses[ARRIVAL] as number;
    if (this.#takeFrom(guess, count, at) === PASSED) return true;
    for (;;) {
      const outcome = this.#takeFrom(this.arrival, count, at);
      if (outcome !== MOVED) return outcome === PASSED;
    }
  }

  #takeFrom(arrival: number, count: number, at: number): number {
    const next = Math.max(arrival, at) + count;
    if (!this.hasCome(next - this.burst, at)) return REFUSED;
    return swapFloat(this.#words, ARRIVAL, arrival, next) ? PASSED : MOVED;
  }

  /** Takes `count` permits if they are there and not reserved. */
  takeUnreserved(count: number, at: number): boolean {
    if (load(this.#queued, QUEUED) === 0 || this.#dequeue(at)) return this.take(count, at);
    if (!this.hasCome(this.horizon(at) + count - this.burst, at)) return false;
    // There is enough for all of them: it goes behind them, so that those who come later see it.
    const end = this.reserve(count, at);
    if (this.hasCome(end - this.burst, at) && this.take(count, at)) return true;
    this.giveBack(end, count, at);
    return false;
  }

  /** Undoes a `take` at `since` that nothing was done with. What others were refused meanwhile is not made good. */
  untake(count: number, since: number): void {
    const at = this.now();
    // Had it not been taken, the limiter might have been idle since: only what time has not brought again is undone.
    const back = count - Math.max(0, at - since);
    if (back > 0 && !this.isPenalized(at)) this.#move(ARRIVAL, -back);
  }

  /** Reserves `count` permits behind all others. Returns the reservation's end; it is due a burst earlier. */
  reserve(count: number, at: number): number {
    for (;;) {
      const reserved = loadFloat(this.#words, RESERVED);
      const end = Math.max(reserved, this.arrival, at) + count;
      if (!swapFloat(this.#words, RESERVED, reserved, end)) continue;
      if (load(this.#queued, QUEUED) === 0) store(this.#queued, QUEUED, 1);
      return end;
    }
  }

  /** The end of a reservation moves by so much, and with it those of reservations that are still to come. */
  postpone(by: number): void {
    this.#move(RESERVED, by);
  }

  /** Gives up a reservation that was not used. */
  giveBack(end: number, count: number, at: number): void {
    if (end > at) this.#move(RESERVED, -count);
  }

  /** Whether nothing passes because of a penalty rather than of what was taken. */
  isPenalized(at: number): boolean {
    return !this.hasCome(this.arrival - this.burst, at);
  }

  /** Lets nobody pass for `ms`; then there is one permit. */
  penalize(ms: number): void {
    const until = this.now() + ms * this.permitsPerMs + this.burst - 1;
    for (;;) {
      const arrival = this.arrival;
      if (arrival >= until || swapFloat(this.#words, ARRIVAL, arrival, until)) return;
    }
  }

  #sharedTime(): number {
    const own = now();
    if (replacedClock() !== undefined) return own;
    const guess = this.#guesses[LATEST] as number;
    if (Math.abs(own - guess) < LATEST_SLACK_MS) return Math.max(own, guess);
    const latest = loadFloat(this.#words, LATEST);
    if (latest > own) {
      observeClock(latest);
      return Math.max(now(), latest);
    }
    // Once is enough: whoever was faster has written a time that is as good.
    swapFloat(this.#words, LATEST, latest, own);
    return own;
  }

  /** Whether nothing is reserved ahead of what was taken; if so, the next look is cheaper. */
  #dequeue(at: number): boolean {
    const reserved = loadFloat(this.#words, RESERVED);
    if (reserved > Math.max(this.arrival, at)) return false;
    store(this.#queued, QUEUED, 0);
    if (loadFloat(this.#words, RESERVED) !== reserved) store(this.#queued, QUEUED, 1);
    return true;
  }

  #move(index: number, by: number): void {
    for (;;) {
      const before = loadFloat(this.#words, index);
      // Never -0, whose bits are not those of 0.
      if (swapFloat(this.#words, index, before, before + by || 0)) return;
    }
  }
}

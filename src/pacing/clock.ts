/**
 * One monotonic clock that all threads agree on.
 *
 * The runtime's own clock is monotonic, but only Node's counts from the same instant on every thread. Elsewhere each
 * thread adds an offset that it learns from its spawner when it starts. All these clocks tick as one (they are one
 * system clock read from different origins), so the offset is a constant, and every exchange of stamps only narrows the
 * interval that it must lie in:
 *
 *     asker      asked ─────────────────────────── received     on the asker's own clock
 *     answerer             stamp                                on the shared clock
 *
 *     stamp - received  <=  offset  <=  stamp - asked
 *
 * The intersection over several exchanges is kept, its middle is the offset and half its width the bound of the error
 * (as in NTP, https://www.rfc-editor.org/rfc/rfc5905, less its filters against drift). Exchanged by two threads that
 * both spin, the bound is a microsecond or so; when one of them has to be woken, up to a tenth of a millisecond.
 *
 * | runtime | two threads read the same instant within |
 * |---|---|
 * | Node | the clock's resolution: the origin is shared |
 * | Deno, Bun | `clockBound()`, at most {@linkcode CLOCK_BOUND_MS} once an exchange has succeeded |
 *
 * The words of an exchange, on two lines because each is written by one side only:
 *
 *     0       question   number of the asker's latest question, -1 once it has no more
 *     16      answer     number of the question that `stamp` answers
 *     18, 19  stamp      a float64; written before `answer`, so whoever sees the number sees its stamp
 */
import { load, spinHint, store } from '../memory/atomic.ts';
import { runtime } from '../runtime.ts';
import { type DeadlineSource, replacedClock } from '../signal/deadline-source.ts';

/**
 * Where waits get their time from: this thread's own clock, unless an option `clock` names another or a virtual clock
 * is installed in a test.
 */
export type Clock = DeadlineSource;

/** Int32 words that an exchange takes; the first must lie on a 64-byte boundary of shared memory, all being 0. */
export const CLOCK_EXCHANGE_WORDS = 32;
/** What {@linkcode adoptClock} holds the error of the offset to: an exchange that cannot reach it is no success. */
export const CLOCK_BOUND_MS = 0.1;

const QUESTION = 0;
const ANSWER = 16;
const STAMP = 18;
const NO_MORE = -1;
/** How long either side spins for the other. */
const SPIN_MS = 0.2;
/** Enough that one of them is not interrupted by the scheduler. */
const EXCHANGES = 16;

let offset = 0;
let settled = false;
let lowest = -Infinity;
let highest = Infinity;

/**
 * Milliseconds, with a fraction, on the clock that all threads of the engine share. Never goes back. While a virtual
 * clock is installed in this thread, it is that clock's time.
 */
export function now(): number {
  return replacedClock()?.now() ?? sharedNow();
}

/** What threads tell each other is real time, whatever this thread takes for its clock. */
function sharedNow(): number {
  return runtime().now() + offset;
}

/** How far this thread's `now()` may be off its spawner's, in milliseconds; Infinity before the first exchange. */
export function clockBound(): number {
  if (runtime().sharedClockOrigin) return 0;
  return Math.max(highest - offset, offset - lowest);
}

/** Makes `now()` the runtime's clock plus `ms`, exactly: for a thread whose offset is known otherwise. */
export function setClockOffset(ms: number): void {
  if (!Number.isFinite(ms)) throw new RangeError(`Expected 'ms' to be a finite number, got ${String(ms)}`);
  offset = ms;
  settled = true;
  lowest = ms;
  highest = ms;
}

/**
 * Takes note of a stamp (another thread's `now()`) that was taken before something this thread has just seen, such as a
 * message that carries it. It can only be that this thread's clock is not behind it.
 */
export function observeClock(stamp: number): void {
  if (runtime().sharedClockOrigin) return;
  lowest = Math.max(lowest, Math.min(stamp - runtime().now(), highest));
  settle();
}

/**
 * Answers the questions of a thread that calls `adoptClock` or `askClock` on the same words: one that came before, and
 * all that come while it spins, at most 0.2 ms unless told. Returns whether it answered any.
 */
export function offerClock(words: Int32Array, spinMs: number = SPIN_MS): boolean {
  const stamp = stampOf(words);
  const until = runtime().now() + spinMs;
  let answered = load(words, ANSWER);
  const before = answered;
  do {
    const question = load(words, QUESTION);
    if (question === NO_MORE) break;
    if (question === answered) {
      spinHint();
      continue;
    }
    // The stamp must fall between question and answer: taken after the one was seen, published by the other.
    stamp[0] = sharedNow();
    store(words, ANSWER, question);
    answered = question;
  } while (runtime().now() < until);
  return answered !== before;
}

/**
 * Learns the offset from a thread that calls `offerClock` on the same words, spinning at most 0.2 ms. May be called
 * again; each time makes the bound tighter or leaves it.
 *
 * @returns whether the bound is now within {@linkcode CLOCK_BOUND_MS}.
 */
export function adoptClock(words: Int32Array): boolean {
  if (runtime().sharedClockOrigin) return true;
  const until = runtime().now() + SPIN_MS;
  let question = askClock(words);
  for (let heard = 0; heard < EXCHANGES && runtime().now() < until;) {
    if (!hear(words, question)) {
      spinHint();
      continue;
    }
    heard++;
    question = askClock(words);
  }
  return settleWith(words);
}

/** A question that was asked, and when, on the asker's own clock. */
export interface ClockQuestion {
  readonly number: number;
  readonly asked: number;
}

/** Asks a thread that will call `offerClock` on the same words, now or later. */
export function askClock(words: Int32Array): ClockQuestion {
  // Never a number that was used before: its answer may be on the way, with a stamp older than this question.
  const number = Math.max(load(words, QUESTION), load(words, ANSWER)) + 1;
  const asked = runtime().now();
  store(words, QUESTION, number);
  return { number, asked };
}

/**
 * Learns from the answer, if it has come: the sooner it is heard, the more.
 *
 * @returns whether it has come.
 */
export function hearClock(words: Int32Array, question: ClockQuestion): boolean {
  if (!hear(words, question)) return false;
  settleWith(words);
  return true;
}

function hear(words: Int32Array, { number, asked }: ClockQuestion): boolean {
  if (load(words, ANSWER) !== number) return false;
  const received = runtime().now();
  const answer = stampOf(words)[0] ?? 0;
  lowest = Math.max(lowest, answer - received);
  highest = Math.min(highest, answer - asked);
  return true;
}

/** Returns whether the bound is small enough to ask no more. */
function settleWith(words: Int32Array): boolean {
  settle();
  const done = clockBound() <= CLOCK_BOUND_MS;
  if (done) store(words, QUESTION, NO_MORE);
  return done;
}

function settle(): void {
  if (lowest === -Infinity) return;
  // Of a wide interval the end that is safe: its middle may lie ahead, and a better exchange could not take it back.
  const next = highest - lowest > 2 * CLOCK_BOUND_MS ? lowest : (lowest + highest) / 2;
  // Forward only: a clock that has been read must not go back.
  if (!settled || next > offset) offset = next;
  settled = true;
}

function stampOf(words: Int32Array): Float64Array {
  return new Float64Array(words.buffer, words.byteOffset + STAMP * 4, 1);
}

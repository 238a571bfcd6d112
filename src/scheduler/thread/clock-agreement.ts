/**
 * Agreeing on the clock with a pool that had no time for it when the thread started. While both spin, it takes
 * microseconds; but a busy pool answers late or not at all, and until it does, this thread's clock is behind by as long
 * as its start took. So it asks again by message, and is rung when the answer is there.
 */
import { askClock, CLOCK_BOUND_MS, clockBound, hearClock } from '../../pacing/clock.ts';
import { runtime } from '../../runtime.ts';
import { Doorbell } from '../../signal/doorbell.ts';

/** How often it asks: answers that take long tell little, and more of them tell little more. */
const QUESTIONS = 8;

/**
 * Asks until the bound of the clock is small enough, or it has asked often enough.
 *
 * @param words - of the exchange
 * @param remind - has the pool answer what was asked there, and ring
 */
export function agreeOnClock(words: Int32Array, remind: () => void): void {
  if (runtime().sharedClockOrigin || clockBound() <= CLOCK_BOUND_MS) return;
  let left = QUESTIONS;
  let question = askClock(words);
  const unlisten = Doorbell.current().listen(() => {
    if (!hearClock(words, question)) return;
    if (clockBound() <= CLOCK_BOUND_MS || --left === 0) return unlisten();
    question = askClock(words);
    remind();
  });
  remind();
}

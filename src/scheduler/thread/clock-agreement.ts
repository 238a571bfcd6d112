/**
 * Agreeing on the clock with a pool that had no time for it when the thread started. While both spin, it takes
 * microseconds; but a busy pool answers late or not at all, and until it does, this thread's clock is behind by as long
 * as its start took. So it asks again by message, and is told when the answer is there.
 */
import { askClock, CLOCK_BOUND_MS, clockBound, type ClockQuestion, hearClock } from '../../pacing/clock.ts';
import { runtime } from '../../runtime.ts';

/** How often it asks: answers that take long tell little, and more of them tell little more. */
const QUESTIONS = 8;

/**
 * Asks until the bound of the clock is small enough, or it has asked often enough.
 *
 * @param words - of the exchange
 * @param remind - has the pool answer what was asked there, and say so
 * @returns what to call when the pool says so
 */
export function agreeOnClock(words: Int32Array, remind: () => void): () => void {
  let left = QUESTIONS;
  let question: ClockQuestion;
  const ask = (): void => {
    if (left-- === 0 || clockBound() <= CLOCK_BOUND_MS) return;
    question = askClock(words);
    remind();
  };
  if (!runtime().sharedClockOrigin) ask();
  return () => {
    hearClock(words, question);
    ask();
  };
}

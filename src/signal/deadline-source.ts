/** Where time comes from: the runtime, or the clock that was put in its place in this thread. */
import type { Timer } from '../runtime.ts';

/** Where a set of deadlines gets its time from. */
export interface DeadlineSource {
  /** Milliseconds, monotonic. */
  now(): number;
  /**
   * Calls back once after about `ms` (a whole number from 0 to 2^31-1), without keeping the process alive. It may do so
   * early: the clock is then read, and the timer set again for what is left.
   *
   * @param at - the very time that is waited for, for a clock that can be exact
   */
  setTimer(callback: () => void, ms: number, at?: number): Timer;
  /** Lets `ms` pass for a thread that blocks. Without it the thread is blocked for that long. */
  block?(ms: number): void;
}

let replaced: DeadlineSource | undefined;

/** The clock that this thread uses instead of its runtime's. */
export function replacedClock(): DeadlineSource | undefined {
  return replaced;
}

/** Makes `source` this thread's clock, for deadlines that are added from now on. Returns what undoes it. */
export function replaceClock(source: DeadlineSource): () => void {
  const before = replaced;
  replaced = source;
  return () => {
    replaced = before;
  };
}

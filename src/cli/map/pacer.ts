/**
 * Exact pacing: GCRA, which knows the next permitted instant and so never has to look again and again
 * (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
 *
 * Calls are due one interval apart. A call that comes late leaves the schedule where it is, so that the calls after it
 * catch up and the rate is met in spite of timers that fire late; the schedule never lags by more than
 * {@linkcode CATCH_UP_MS}, so that a pause is not followed by a burst. From the first call on, no more than
 * `1 + elapsed / interval` calls are ever made.
 */

/** How much lateness is caught up: more than a timer's usual slip, far less than what a service feels as a burst. */
export const CATCH_UP_MS = 50;

/** Says when the next call may be made. */
export class Pacer {
  readonly #interval: number;
  #next = Number.NEGATIVE_INFINITY;

  /** @param interval milliseconds between two calls. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** When the next call may be made, on the clock of `now`; not after `now` means at once. */
  due(now: number): number {
    return this.#next === Number.NEGATIVE_INFINITY ? now : this.#next;
  }

  /** Counts a call made at `now`, which must not be before `due(now)`. */
  take(now: number): void {
    const scheduled = this.#next === Number.NEGATIVE_INFINITY ? now : this.#next;
    this.#next = Math.max(scheduled, now - CATCH_UP_MS) + this.#interval;
  }
}

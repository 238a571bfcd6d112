/** No more calls than the user allows, however fast the pool is. */
import { RateLimiter } from '../../pacing/rate-limiter.ts';

/** How much lateness is caught up: more than a timer's usual slip, far less than what a service feels as a burst. */
export const CATCH_UP_MS = 50;
/** What a call takes of the limiter, whose burst is whole permits: so that it can be a call and a part of one. */
const PERMITS_PER_CALL = 1_000;
/** Milliseconds; a thousand calls a microsecond are as good as no limit. */
const LEAST_INTERVAL_MS = 1e-6;

/**
 * Says when the next call may be made.
 *
 * Calls are due one interval apart. Those after a late one catch up, so that the rate is met in spite of timers that
 * fire late, but by no more than {@linkcode CATCH_UP_MS}, so that a pause is not followed by a burst. From the first
 * call on, no more than `1 + elapsed / interval` calls are ever made.
 */
export class Pace implements Disposable {
  readonly #interval: number;
  readonly #onDue: () => void;
  #limiter: RateLimiter | undefined;
  #isWaiting = false;
  #isDue = false;

  /**
   * @param interval - milliseconds between two calls
   * @param onDue - called when a call that `take` refused may be made
   */
  constructor(interval: number, onDue: () => void) {
    this.#interval = Math.max(interval, LEAST_INTERVAL_MS);
    this.#onDue = onDue;
  }

  /** Whether a call may be made now; it is then counted. */
  take(): boolean {
    if (this.#isWaiting) return false;
    if (this.#isDue) {
      this.#isDue = false;
      return true;
    }
    this.#limiter ??= this.#begin();
    if (this.#limiter.tryAcquire(PERMITS_PER_CALL)) return true;
    void this.#wait(this.#limiter);
    return false;
  }

  /** Says nothing more. */
  [Symbol.dispose](): void {
    this.#limiter?.[Symbol.dispose]();
  }

  #begin(): RateLimiter {
    const per = this.#interval;
    const caughtUp = Math.ceil((PERMITS_PER_CALL * CATCH_UP_MS) / per);
    const limiter = new RateLimiter({ rate: PERMITS_PER_CALL, per, burst: PERMITS_PER_CALL + caughtUp });
    // There is nothing to catch up yet.
    limiter.tryAcquire(caughtUp);
    return limiter;
  }

  async #wait(limiter: RateLimiter): Promise<void> {
    this.#isWaiting = true;
    try {
      await limiter.acquire(PERMITS_PER_CALL);
    } catch {
      // Disposed.
      return;
    }
    this.#isWaiting = false;
    this.#isDue = true;
    this.#onDue();
  }
}

/** A limiter on a clock that moves when told, and what has passed. */
import { installRuntime } from '../../src/runtime.ts';
import { RateLimiter } from '../../src/pacing/rate-limiter.ts';
import { type AcquireOptions, type RateLimiterOptions } from '../../src/pacing/rate-limiter-options.ts';
import { FakeTime } from '../signal/_fake-time.ts';
import { microtasks } from '../signal/_settled.ts';
import { testRuntime } from '../support/install-runtime.ts';

/** So many permits passed at that time. */
export interface Pass {
  readonly at: number;
  readonly count: number;
}

/** A thread whose time is the test's. */
export class LimitedTime {
  readonly time: FakeTime = new FakeTime();
  /** How often a timer fired. */
  wakeUps = 0;
  readonly #limiters: RateLimiter[] = [];

  constructor(start = 0) {
    this.time.time = start;
    installRuntime({
      ...testRuntime,
      now: () => this.time.now(),
      setTimer: (callback, ms) =>
        this.time.setTimer(() => {
          this.wakeUps++;
          callback();
        }, ms),
    });
  }

  limiter(options: RateLimiterOptions): RateLimiter {
    const limiter = new RateLimiter(options);
    this.#limiters.push(limiter);
    return limiter;
  }

  /** Acquires, and says in `passes` when. */
  async pass(limiter: RateLimiter, count: number, passes: Pass[], options?: AcquireOptions): Promise<void> {
    await limiter.acquire(count, options);
    passes.push({ at: this.time.now(), count });
  }

  /** Moves the clock, from timer to timer so that who is let go can say when. */
  async advanceTo(until: number): Promise<void> {
    await microtasks(8);
    for (let next = this.time.nextTimer; next <= until; next = this.time.nextTimer) {
      this.time.advanceTo(Math.max(next, this.time.now()));
      await microtasks(8);
    }
    this.time.advanceTo(until);
  }

  end(): void {
    for (const limiter of this.#limiters) limiter[Symbol.dispose]();
    installRuntime(testRuntime);
  }
}

/** By how much the fullest window exceeds what the rate brings in it: to be at most the burst. */
export function worstWindow(passes: readonly Pass[], permitsPerMs: number): number {
  // The greatest sum over i..j of counts, less rate * (t_j - t_i): Kadane's algorithm over the gaps.
  let worst = 0;
  let open = 0;
  let last = -Infinity;
  for (const { at, count } of [...passes].sort((a, b) => a.at - b.at)) {
    open = Math.max(0, last === -Infinity ? 0 : open - (at - last) * permitsPerMs) + count;
    worst = Math.max(worst, open);
    last = at;
  }
  return worst;
}

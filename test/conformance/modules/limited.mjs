// Tasks that share a rate limiter.
import { now } from 'reveille';

/**
 * Acquires `passes` permits one by one and says when it had each.
 * @param {import('reveille').RateLimiter} limiter @param {number} passes @param {boolean} blocking
 */
export async function acquire(limiter, passes, blocking) {
  const stamps = new Float64Array(passes);
  for (let i = 0; i < passes; i++) {
    if (blocking) limiter.acquireSync();
    else await limiter.acquire();
    stamps[i] = now();
  }
  return stamps;
}

/**
 * Has `waiters` waits under way all the time, for `ms` milliseconds, and says when each ended.
 * @param {import('reveille').RateLimiter} limiter @param {number} waiters @param {number} ms
 */
export async function saturate(limiter, waiters, ms) {
  /** @type {number[]} */
  const stamps = [];
  const end = now() + ms;
  const waiter = async () => {
    for (;;) {
      await limiter.acquire();
      const at = now();
      if (at > end) return;
      stamps.push(at);
    }
  };
  await Promise.all(Array.from({ length: waiters }, waiter));
  return Float64Array.from(stamps);
}

/** @param {import('reveille').RateLimiter} limiter @param {number} ms */
export function punish(limiter, ms) {
  limiter.penalty(ms);
  return limiter;
}

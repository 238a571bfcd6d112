// Requests to a service that allows one every 10 ms, five at a time after a pause, and answers 429 to the rest.
//
//   before   sleeps between any two requests, whether it must or not; and asks again and again until there is a token
//   after    a RateLimiter: at once what is allowed at once, then each at its time, with one wait
import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiter } from 'reveille';

const INTERVAL_MS = 10;
const BURST = 5;
const REQUESTS = 8;
const POLL_MS = 2;

/** @typedef {{ milliseconds: number, refused: number, looks: number }} Outcome */

/** `sleep(100)` between writes. @returns {Promise<Outcome>} */
export async function before() {
  const service = startService();
  for (let i = 0; i < REQUESTS; i++) {
    service.request();
    // A little more than the interval: timers are not exact.
    await sleep(INTERVAL_MS * 1.2);
  }
  return { ...service.outcome(), looks: REQUESTS };
}

/** A loop that sleeps until a token is there. @returns {Promise<Outcome>} */
export async function beforeWithTokens() {
  const service = startService();
  const began = performance.now();
  let looks = 0;
  for (let taken = 0; taken < REQUESTS; taken++) {
    while ((looks++, BURST + (performance.now() - began) / INTERVAL_MS - taken < 1)) await sleep(POLL_MS);
    service.request();
  }
  return { ...service.outcome(), looks };
}

/** @returns {Promise<Outcome>} */
export async function after() {
  const service = startService();
  const limiter = new RateLimiter({ rate: 1, per: INTERVAL_MS, burst: BURST });
  for (let i = 0; i < REQUESTS; i++) {
    await limiter.acquire();
    service.request();
  }
  limiter[Symbol.dispose]();
  return { ...service.outcome(), looks: REQUESTS };
}

/** Counts the requests that come before they may. */
function startService() {
  const began = performance.now();
  let requests = 0;
  let refused = 0;
  return {
    request() {
      const allowed = BURST + (performance.now() - began) / INTERVAL_MS;
      if (++requests > allowed) refused++;
    },
    outcome: () => ({ milliseconds: performance.now() - began, refused }),
  };
}

import { setTimeout as wait } from 'node:timers/promises';

/**
 * Lets time pass. A benchmark may, where time itself is what it measures: how a pool idles, or what a call costs once
 * everything has gone to sleep. It is the only place here that waits for a clock rather than for a fact.
 * @param {number} ms
 * @returns {Promise<void>}
 */
export async function pause(ms) {
  await wait(ms);
}

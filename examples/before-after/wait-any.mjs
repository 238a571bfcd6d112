// Something that goes on when there is data, when the configuration has changed, or when it is to stop: whichever comes
// first.
//
//   before   each is waited for in turn, 50 ms at a time: news of one is noticed up to 150 ms late
//   after    waitAny: one park for all of them
import { setTimeout as sleep } from 'node:timers/promises';
import { ManualResetEvent, waitAny } from 'reveille';

const NAMES = /** @type {const} */ (['data', 'changed', 'stopped']);

/** @typedef {{ news: string, wakeUps: number, milliseconds: number }} Outcome */

/** @param {typeof NAMES[number]} news what happens @returns {Promise<Outcome>} */
export async function before(news) {
  const happened = new Set();
  const began = happen(() => happened.add(news));
  let wakeUps = 0;
  for (;;) {
    for (const name of NAMES) {
      if (happened.has(name)) return { news: name, wakeUps, milliseconds: performance.now() - (await began) };
      await sleep(50);
      wakeUps++;
    }
  }
}

/** @param {typeof NAMES[number]} news @returns {Promise<Outcome>} */
export async function after(news) {
  const events = NAMES.map(() => new ManualResetEvent());
  try {
    const began = happen(() => events[NAMES.indexOf(news)]?.set());
    const index = await waitAny(events);
    return { news: NAMES[index] ?? '', wakeUps: 1, milliseconds: performance.now() - (await began) };
  } finally {
    for (const event of events) event[Symbol.dispose]();
  }
}

/** Calls back a little later, and tells when. @param {() => void} callback @returns {Promise<number>} */
async function happen(callback) {
  await sleep(5);
  const at = performance.now();
  callback();
  return at;
}

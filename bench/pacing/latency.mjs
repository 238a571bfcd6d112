import { pause } from '../pause.mjs';
import { NaivePoller } from './naive-poller.mjs';
import { summarize } from './samples.mjs';

const HOUR_MS = 3_600_000;

/**
 * How soon `stop()` and `trigger()` of a poller that waits for an hour take effect, beside a loop that looks every 50
 * ms whether it should stop.
 * @param {typeof import('../../adapters/node.ts')} reveille
 * @param {boolean} quick
 * @returns {Promise<import('../pacing.mjs').Row[]>}
 */
export async function measureLatency({ Poller }, quick) {
  const rounds = quick ? 40 : 200;
  /** @type {number[]} */
  const triggered = [];
  /** @type {number[]} */
  const stopped = [];
  /** @type {number[]} */
  const naive = [];
  for (let round = 0; round < rounds; round++) {
    let began = 0;
    const poller = new Poller(() => (began = performance.now()), { interval: HOUR_MS }).start();
    // At any moment of the wait, as a user would.
    await pause(Math.random() * 10);
    let asked = performance.now();
    await poller.trigger();
    triggered.push(began - asked);
    await pause(Math.random() * 10);
    asked = performance.now();
    await poller.stop();
    stopped.push(performance.now() - asked);
  }
  for (let round = 0; round < rounds / 4; round++) {
    const loop = new NaivePoller(() => {}, HOUR_MS);
    await pause(Math.random() * 100);
    const asked = performance.now();
    await loop.stop();
    naive.push(performance.now() - asked);
  }
  const [trigger, stop] = [summarize(triggered), summarize(stopped)];
  return [
    { what: 'trigger() to the start of the run', who: 'Poller', figure: trigger.text, holds: trigger.p50 < 1 },
    { what: 'stop() to stopped', who: 'Poller', figure: stop.text, holds: stop.p50 < 1 },
    { what: 'stop() to stopped', who: 'a loop with 50 ms checks', figure: summarize(naive).text },
  ];
}

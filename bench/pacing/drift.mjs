import { digits } from '../report/format.mjs';
import { median } from '../statistics.mjs';
import { pause } from '../pause.mjs';
import { summarize } from './samples.mjs';

const INTERVAL_MS = 10;

/**
 * How far the ticks of a fixed interval move away from where they should be: the lateness of the last hundred less that
 * of the first hundred. How late a single tick is, the timers of the runtime decide.
 * @param {typeof import('../../adapters/node.ts')} reveille
 * @param {boolean} quick
 * @returns {Promise<import('../pacing.mjs').Row[]>}
 */
export async function measureDrift({ Poller }, quick) {
  const ticks = quick ? 200 : 1_000;
  const exact = await ticksOf(ticks, (tick, done) => {
    // Each tick is run, however late, so that the place of a tick in the row says when it was due.
    const options = { interval: INTERVAL_MS, missed: /** @type {const} */ ('burst') };
    const poller = new Poller(() => tick() || void poller.stop().then(done), options).start();
  });
  const naive = await ticksOf(ticks, async (tick, done) => {
    while (tick()) await pause(INTERVAL_MS);
    done();
  });
  const what = `drift over ${ticks} ticks of ${INTERVAL_MS} ms`;
  return [
    { what, who: 'Poller', figure: describe(exact), holds: Math.abs(drift(exact)) < 1 },
    { what, who: 'work, then sleep', figure: describe(naive) },
  ];
}

/**
 * How late each tick came, by the place in the row that it has, or that it should have had.
 * @param {number} count
 * @param {(tick: () => boolean, done: () => void) => void} start calls `tick` until it is false, then `done`
 * @returns {Promise<number[]>}
 */
async function ticksOf(count, start) {
  /** @type {number[]} */
  const at = [];
  await new Promise((resolve) =>
    start(
      () => at.push(performance.now()) < count,
      () => resolve(undefined),
    ),
  );
  const origin = /** @type {number} */ (at[0]);
  return at.map((time, i) => time - origin - i * INTERVAL_MS);
}

/** @param {number[]} late */
function drift(late) {
  return median(late.slice(-100)) - median(late.slice(1, 101));
}

/** @param {number[]} late */
function describe(late) {
  return `${digits(drift(late))} ms; a tick is late by ${summarize(late).text}`;
}

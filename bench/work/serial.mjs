import { pause } from '../pause.mjs';
import { oneByOne } from '../pipeline.mjs';
import { microsecondPercentiles } from '../statistics.mjs';
import { occupy } from '../tasks/functions.mjs';
import { durations } from './duration.mjs';

/** What the main thread does between two calls of a warm worker. */
const workBetweenMs = 0.02;
/** Longer than any contender spins or polls at its busiest before it goes to sleep. */
const untilParkedMs = 20;

/** @type {import('../contract.ts').Work['metrics']} */
export const latencyMetrics = [
  { key: 'p50', title: 'p50', unit: 'us', better: 'lower' },
  { key: 'p90', title: 'p90', unit: 'us', better: 'lower' },
  { key: 'p99', title: 'p99', unit: 'us', better: 'lower' },
];

export const serialHot = serial('serial-hot', 'round trip one by one, worker hot (back to back)');
export const serialWarm = serial(
  'serial-warm',
  'round trip one by one, worker warm (20 us of other work between)',
  () => void occupy(workBetweenMs),
);
export const serialParked = serial(
  'serial-parked',
  'round trip one by one, worker parked (20 ms of nothing between)',
  () => pause(untilParkedMs),
);

/**
 * @param {string} name
 * @param {string} title
 * @param {() => void | Promise<void>} [between]
 * @returns {import('../contract.ts').Work}
 */
function serial(name, title, between) {
  return {
    name,
    title,
    favour: 'latency',
    metrics: latencyMetrics,
    async measure(bench) {
      const { warmUpMs, measureMs } = durations(bench);
      const session = await bench.open({ threads: 1 });
      await session.ready();
      const bound = session.bind('increment');
      const call = () => bound(41);
      await oneByOne(call, { durationMs: warmUpMs, atMost: 100_000 });
      // A parked worker is met 50 times a second at most, so it is given longer.
      const durationMs = between !== undefined && name === 'serial-parked' ? measureMs * 3 : measureMs;
      const latencies = await oneByOne(call, {
        durationMs,
        atMost: 1_000_000,
        ...(between === undefined ? {} : { between }),
      });
      await session.close();
      return microsecondPercentiles(latencies);
    },
  };
}

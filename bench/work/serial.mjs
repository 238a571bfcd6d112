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
export const serialWarm = serial('serial-warm', 'round trip one by one, worker warm (20 us of other work between)', {
  between: () => void occupy(workBetweenMs),
});
export const serialParked = serial('serial-parked', 'round trip one by one, worker parked (20 ms of nothing between)', {
  between: () => pause(untilParkedMs),
  // It is met 50 times a second at most.
  times: 3,
});

/**
 * @param {string} name
 * @param {string} title
 * @param {object} [options]
 * @param {() => void | Promise<void>} [options.between] what the main thread does between two calls
 * @param {number} [options.times] how many times as long as others it is measured
 * @param {boolean} [options.burners] whether other processes want every core meanwhile
 * @returns {import('../contract.ts').Work}
 */
export function serial(name, title, { between, times = 1, burners = false } = {}) {
  return {
    name,
    title,
    favour: 'latency',
    metrics: latencyMetrics,
    burners,
    async measure(bench) {
      const { warmUpMs, measureMs } = durations(bench);
      const session = await bench.open({ threads: 1 });
      await session.ready();
      const bound = session.bind('increment');
      const call = () => bound(41);
      await oneByOne(call, { durationMs: warmUpMs, atMost: 100_000 });
      const latencies = await oneByOne(call, {
        durationMs: measureMs * times,
        atMost: 1_000_000,
        ...(between === undefined ? {} : { between }),
      });
      await session.close();
      return microsecondPercentiles(latencies);
    },
  };
}

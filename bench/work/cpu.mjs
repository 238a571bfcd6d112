import { keepInFlight } from '../pipeline.mjs';
import { median } from '../statistics.mjs';
import { spin } from '../tasks/functions.mjs';
import { durations } from './duration.mjs';

/** Work of 1 ms that is all computing: what a second thread adds. @type {import('../contract.ts').Work} */
export const cpu = {
  name: 'cpu',
  title: '1 ms of computing, 2 threads against 1',
  favour: 'throughput',
  metrics: [
    { key: 'speedup', title: '2 threads / 1', unit: 'x', better: 'higher' },
    { key: 'one', title: '1 thread', unit: 'tasks/s', better: 'higher' },
    { key: 'two', title: '2 threads', unit: 'tasks/s', better: 'higher' },
  ],
  async measure(bench) {
    const { warmUpMs, measureMs } = durations(bench);
    const iterations = iterationsFor(1);
    /** @param {number} threads */
    const rate = async (threads) => {
      const session = await bench.open({ threads });
      await session.ready();
      const bound = session.bind('spin');
      const call = () => bound(iterations);
      await keepInFlight(call, { inFlight: 32 * threads, durationMs: warmUpMs, clockEvery: 1 });
      const { done, elapsedMs } = await keepInFlight(call, {
        inFlight: 32 * threads,
        durationMs: measureMs,
        clockEvery: 1,
      });
      await session.close();
      return (done / elapsedMs) * 1000;
    };
    const one = await rate(1);
    const two = await rate(2);
    return { speedup: two / one, one, two };
  },
};

/**
 * By steps and not by the clock: a thread that is held up does not get away with less work.
 * @param {number} ms
 */
function iterationsFor(ms) {
  const probe = 1_000_000;
  const times = Array.from({ length: 21 }, () => {
    const began = performance.now();
    spin(probe);
    return performance.now() - began;
  });
  return Math.round((probe * ms) / median(times.slice(5)));
}

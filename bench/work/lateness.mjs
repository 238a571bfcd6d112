import { clockOffset } from '../clock.mjs';
import { microsecondPercentiles } from '../statistics.mjs';

/**
 * How long after a task of 100 ms has ended its caller knows; the main thread sleeps meanwhile.
 * @type {import('../contract.ts').Work}
 */
export const lateness = {
  name: 'lateness',
  title: 'a 100 ms task is noticed late by',
  favour: 'latency',
  metrics: [
    { key: 'p50', title: 'p50', unit: 'us', better: 'lower' },
    { key: 'p99', title: 'longest', unit: 'us', better: 'lower' },
    { key: 'error', title: 'clock known to', unit: 'us', better: 'lower' },
  ],
  async measure(bench) {
    const session = await bench.open({ threads: 1 });
    await session.ready();
    const occupy = session.bind('occupy');
    const { offsetMs, errorMs } = await clockOffset(session.bind('clock'));
    const samples = bench.trial ? 3 : bench.quick ? 5 : 25;
    const late = new Float64Array(samples);
    for (let i = 0; i < samples; i++) {
      const ended = /** @type {number} */ (await occupy(100)) - offsetMs;
      late[i] = performance.now() - ended;
    }
    await session.close();
    const { p50, p99 } = microsecondPercentiles(late);
    return { p50, p99, error: errorMs * 1000 };
  },
};

import { keepInFlight, LatencyRecord } from '../pipeline.mjs';
import { microsecondPercentiles } from '../statistics.mjs';
import { durations } from './duration.mjs';
import { latencyMetrics, serial } from './serial.mjs';

/** One by one, while as many other processes as there are cores want them too. */
export const busySerial = serial('busy-serial', 'round trip one by one, every core busy elsewhere', {
  times: 2,
  burners: true,
});

/**
 * A thousand in flight, while as many other processes as there are cores want them too.
 * @type {import('../contract.ts').Work}
 */
export const busyThroughput = {
  name: 'busy-number',
  title: 'number in and out, 1,000 in flight, every core busy elsewhere',
  favour: 'throughput',
  metrics: [...latencyMetrics, { key: 'rate', title: 'rate', unit: 'tasks/s', better: 'higher' }],
  burners: true,
  async measure(bench) {
    const { warmUpMs, measureMs } = durations(bench);
    const session = await bench.open({ threads: 1 });
    await session.ready();
    const bound = session.bind('increment');
    const call = () => bound(41);
    await keepInFlight(call, { inFlight: 1000, durationMs: warmUpMs });
    const latencies = new LatencyRecord(8_000_000);
    const { done, elapsedMs } = await keepInFlight(call, { inFlight: 1000, durationMs: measureMs * 2, latencies });
    await session.close();
    return { ...microsecondPercentiles(latencies.values()), rate: (done / elapsedMs) * 1000 };
  },
};

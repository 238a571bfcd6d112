import { median } from '../statistics.mjs';

/**
 * From opening a pool of one thread until that thread has loaded its module.
 * @type {import('../contract.ts').Work}
 */
export const start = {
  name: 'start',
  title: 'thread start to ready',
  favour: 'plain',
  metrics: [
    { key: 'ms', title: 'median', unit: 'ms', better: 'lower' },
    { key: 'first', title: 'first in its process', unit: 'ms', better: 'lower' },
  ],
  async measure(bench) {
    /** @type {number[]} */
    const times = [];
    const samples = bench.quick ? 4 : 9;
    for (let i = 0; i < samples; i++) {
      const began = performance.now();
      const session = await bench.open({ threads: 1 });
      await session.ready();
      times.push(performance.now() - began);
      await session.close();
    }
    // The first also loads the library itself.
    return { ms: median(times.slice(1)), first: Number(times[0]) };
  },
};

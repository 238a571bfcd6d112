import process from 'node:process';
import { contextSwitches } from '../context-switches.mjs';
import { pause } from '../pause.mjs';

/** What two threads with nothing to do cost over ten seconds. @type {import('../contract.ts').Work} */
export const idle = {
  name: 'idle',
  title: 'an idle pool of 2 over 10 s',
  favour: 'plain',
  maxRounds: 3,
  metrics: [
    { key: 'cpu', title: 'CPU', unit: 'ms', better: 'lower' },
    { key: 'voluntary', title: 'went to sleep', unit: 'count', better: 'lower' },
    { key: 'involuntary', title: 'was interrupted', unit: 'count', better: 'lower' },
  ],
  async measure(bench) {
    const session = await bench.open({ threads: 2 });
    await session.ready();
    const increment = session.bind('increment');
    await Promise.all(Array.from({ length: 200 }, () => increment(41)));
    // Compilers and collectors finish what the start gave them to do.
    await pause(bench.quick ? 500 : 2000);
    const seconds = bench.quick ? 2 : 10;
    const switchesBefore = contextSwitches();
    const cpuBefore = process.cpuUsage();
    await pause(seconds * 1000);
    const cpuAfter = process.cpuUsage(cpuBefore);
    const switchesAfter = contextSwitches();
    await session.close();
    const scale = 10 / seconds;
    return {
      cpu: ((cpuAfter.user + cpuAfter.system) / 1000) * scale,
      voluntary: (switchesAfter.voluntary - switchesBefore.voluntary) * scale,
      involuntary: (switchesAfter.involuntary - switchesBefore.involuntary) * scale,
    };
  },
};

import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { measureLimits } from './limits.mjs';

/** The machine as it is when the benchmark starts. @returns {import('../contract.ts').Machine} */
export function describeMachine() {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    loadAverage: loadAverage(),
    limits: measureLimits(),
  };
}

/** Over 1, 5 and 15 minutes. */
export function loadAverage() {
  return loadavg().map((load) => Math.round(load * 100) / 100);
}

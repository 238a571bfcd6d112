import { inBursts, keepInFlight } from '../pipeline.mjs';
import { fourFields, kilobyteObject } from '../values.mjs';
import { durations } from './duration.mjs';

const inFlight = 1000;

export const number = throughput(
  'number',
  'number in and out, 1,000 in flight',
  'increment',
  41,
  (result) => result === 42,
);
export const fields = throughput('object4', 'object of 4 fields, 1,000 in flight', 'echo', fourFields, (result) =>
  sameJson(result, fourFields),
);
export const kilobyte = throughput('object1k', 'object of 1 KiB, 1,000 in flight', 'echo', kilobyteObject, (result) =>
  sameJson(result, kilobyteObject),
);

/**
 * One value there and back on one thread, in the two ways in which programs keep many in flight: each end starts the
 * next, or a
 * thousand at once with `Promise.all`.
 * @param {string} name
 * @param {string} title
 * @param {import('../contract.ts').TaskName} task
 * @param {unknown} argument
 * @param {(result: any) => boolean} isRight
 * @returns {import('../contract.ts').Work}
 */
function throughput(name, title, task, argument, isRight) {
  return {
    name,
    title,
    favour: 'throughput',
    metrics: [
      { key: 'steady', title: 'kept full', unit: 'tasks/s', better: 'higher' },
      { key: 'bursts', title: 'in bursts', unit: 'tasks/s', better: 'higher' },
    ],
    async measure(bench) {
      const { warmUpMs, measureMs } = durations(bench);
      const session = await bench.open({ threads: 1 });
      await session.ready();
      const bound = session.bind(task);
      const call = () => bound(argument);
      if (!isRight(await call())) throw new Error('A wrong result');
      await keepInFlight(call, { inFlight, durationMs: warmUpMs });
      const steady = await keepInFlight(call, { inFlight, durationMs: measureMs });
      await inBursts(call, { size: inFlight, durationMs: warmUpMs / 2 });
      const bursts = await inBursts(call, { size: inFlight, durationMs: measureMs });
      if (!isRight(await call())) throw new Error('A wrong result');
      await session.close();
      return { steady: (steady.done / steady.elapsedMs) * 1000, bursts: (bursts.done / bursts.elapsedMs) * 1000 };
    },
  };
}

/** @param {unknown} a @param {unknown} b */
function sameJson(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

import { works } from '../work/index.mjs';
import { digits, quantity } from './format.mjs';

/** @typedef {import('./summary.mjs').Summary} Summary */
/** @typedef {{ measured: string, met: boolean }} Verdict */
/**
 * @typedef {{ work: string, target: string, judge: (summary: Summary, runtime: string) => Verdict | undefined }} Row
 */

/** What Reveille is held to: ratios in one run, against peers where they run. @type {readonly Row[]} */
export const acceptance = [
  atLeast('number', 'piscina', ['steady', 'bursts'], 25),
  atLeast('number', 'postMessage', ['steady', 'bursts'], 5),
  atLeast('number', 'knitting', ['steady', 'bursts'], 1.5),
  atLeast('object4', 'piscina', ['steady', 'bursts'], 10),
  atLeast('object4', 'knitting', ['steady', 'bursts'], 1),
  atLeast('object1k', 'piscina', ['steady', 'bursts'], 5),
  atLeast('object1k', 'knitting', ['steady', 'bursts'], 1),
  below('serial-hot', 'p50', 1.2),
  atLeast('serial-parked', 'postMessage', ['p50'], 1),
  atLeast('busy-serial', 'piscina', ['p99'], 1),
  atLeast('busy-number', 'piscina', ['p99'], 1),
  atLeast('lateness', 'piscina', ['p50'], 1),
  below('abort-cooperative', 'ms', 1),
  atLeast('abort-ignoring', 'piscina', ['ms'], 1),
  // Level: within what two runs of the same thing differ by.
  atLeast('transfer1m', 'postMessage', ['rate'], 0.95),
  atLeast('copy1m', 'postMessage', ['rate'], 1.5),
  {
    work: 'cpu',
    target: '2 threads at least 1.9 x 1',
    judge: (summary, runtime) => {
      const speedup = summary.spread(runtime, 'cpu', 'reveille', 'speedup');
      return speedup && { measured: `${speedup.median.toFixed(2)} x`, met: speedup.median >= 1.9 };
    },
  },
  idleAsBare('cpu', 'ms'),
  idleAsBare('voluntary', 'count'),
  atLeast('start', 'postMessage', ['ms'], 1 / 1.25),
  below('memory', 'bytes', 300),
  below('memory-bounded', 'taken', 1001),
];

/**
 * So many times as good as a peer, by the least favourable of some metrics.
 * @param {string} work @param {string} peer @param {readonly string[]} keys @param {number} factor
 * @returns {Row}
 */
function atLeast(work, peer, keys, factor) {
  const who = peer === 'postMessage' && work === 'start' ? 'a bare worker' : peer;
  return {
    work,
    target: `${describe(work, keys)} at least ${digits(factor)} x ${who}`,
    judge(summary, runtime) {
      const ratios = keys.map((key) => summary.advantage(runtime, work, peer, metricOf(work, key))?.median);
      const known = ratios.filter((ratio) => ratio !== undefined);
      if (known.length === 0) return undefined;
      const worst = Math.min(...known);
      return { measured: `${digits(worst)} x`, met: worst >= factor };
    },
  };
}

/** @param {string} work @param {string} key @param {number} limit @returns {Row} */
function below(work, key, limit) {
  const { unit } = metricOf(work, key);
  return {
    work,
    target: `${describe(work, [key])} under ${quantity(limit, unit)}`,
    judge(summary, runtime) {
      const value = summary.spread(runtime, work, 'reveille', key)?.median;
      return value === undefined ? undefined : { measured: quantity(value, unit), met: value < limit };
    },
  };
}

/**
 * Nothing more than idle bare workers cost, up to what two idle processes differ by: a tenth, or what their own
 * rounds spanned.
 * @param {string} key @param {import('../contract.ts').Metric['unit']} unit @returns {Row}
 */
function idleAsBare(key, unit) {
  return {
    work: 'idle',
    target: `${describe('idle', [key])} as bare workers`,
    judge(summary, runtime) {
      const ours = summary.spread(runtime, 'idle', 'reveille', key);
      const bare = summary.spread(runtime, 'idle', 'postMessage', key);
      if (ours === undefined || bare === undefined) return undefined;
      return {
        measured: `${quantity(ours.median, unit)}, bare ${quantity(bare.median, unit)}`,
        met: ours.median <= Math.max(bare.max, bare.median * 1.1),
      };
    },
  };
}

/** @param {string} work @param {readonly string[]} keys */
function describe(work, keys) {
  if (keys.length !== 1) return 'rate';
  const { title } = metricOf(work, String(keys[0]));
  return title === 'median' ? 'time' : title;
}

/** @param {string} work @param {string} key @returns {import('../contract.ts').Metric} */
function metricOf(work, key) {
  const metric = works.find(({ name }) => name === work)?.metrics.find((each) => each.key === key);
  if (metric === undefined) throw new Error(`There is no metric ${key} of work ${work}`);
  return metric;
}

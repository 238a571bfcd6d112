import { digits } from '../report/format.mjs';
import { percentile } from '../statistics.mjs';

/** @param {readonly number[]} samples milliseconds */
export function summarize(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const [p50, p99, max] = [percentile(sorted, 0.5), percentile(sorted, 0.99), sorted.at(-1) ?? Number.NaN];
  return {
    p50,
    p99,
    text: `p50 ${digits(p50)} ms, p99 ${digits(p99)} ms, max ${digits(max)} ms (n ${samples.length})`,
  };
}

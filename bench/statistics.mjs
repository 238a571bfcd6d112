/**
 * @param {ArrayLike<number>} sorted ascending
 * @param {number} fraction from 0 to 1
 */
export function percentile(sorted, fraction) {
  if (sorted.length === 0) return Number.NaN;
  return /** @type {number} */ (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]);
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return /** @type {number} */ (sorted[middle]);
  return (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2;
}

/**
 * p50, p90 and p99 of latencies in milliseconds, as microseconds.
 * @param {Float64Array} latencies
 * @returns {{ p50: number, p90: number, p99: number }}
 */
export function microsecondPercentiles(latencies) {
  const sorted = latencies.slice().sort();
  return {
    p50: percentile(sorted, 0.5) * 1000,
    p90: percentile(sorted, 0.9) * 1000,
    p99: percentile(sorted, 0.99) * 1000,
  };
}

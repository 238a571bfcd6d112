/**
 * How long a work goes on: long enough for numbers, or just for a look.
 * @param {import('../contract.ts').Bench} bench
 */
export function durations({ quick, trial }) {
  if (trial) return { warmUpMs: 150, measureMs: 150 };
  return quick ? { warmUpMs: 200, measureMs: 250 } : { warmUpMs: 500, measureMs: 1000 };
}

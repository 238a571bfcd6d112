/** Whether memory stays level: a million calls over each transport, and the heap on the way. */
import process from 'node:process';
import { flood } from './measure.mjs';

const POINTS = [0.1, 0.5, 1];

/**
 * @param {readonly import('./api.mjs').Caller[]} callers
 * @param {number} calls
 * @returns {Promise<{ name: string, heaps: number[] }[]>} MiB of heap and buffers at 10, 50 and 100 % of the calls
 */
export async function followHeap(callers, calls) {
  const taken = [];
  for (const { name, add } of callers) {
    const heaps = [];
    let done = 0;
    for (const point of POINTS) {
      await flood(add, calls * point - done);
      done = calls * point;
      heaps.push(await usedMiB());
    }
    taken.push({ name, heaps });
  }
  return taken;
}

async function usedMiB() {
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  // Again: finalizers of the first time may have let go of more.
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

function collect() {
  const { gc, Bun } = /** @type {any} */ (globalThis);
  if (Bun === undefined) gc?.();
  else Bun.gc(true);
}

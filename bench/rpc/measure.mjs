/** Calls per second with 1,000 in flight, what a call costs then, and how long one takes by itself. */
import process from 'node:process';
import { median } from '../statistics.mjs';

export const IN_FLIGHT = 1_000;
/** Some take 40 ms a call by themselves. */
const LONGEST_MS = 2_000;

/**
 * @typedef {object} Figures the medians of the rounds
 * @property {string} name
 * @property {number} rate calls a second, with 1,000 in flight
 * @property {number} ratio of the rate to that of the first, round by round
 * @property {number} cpu microseconds of this process a call, with 1,000 in flight
 * @property {number} latency microseconds, the p50 of one call at a time
 */

/**
 * The callers take turns, round by round, so that what else the machine does meets all of them alike.
 * @param {readonly import('./api.mjs').Caller[]} callers
 * @param {{ rounds: number, calls: number, single: number }} amounts
 * @returns {Promise<Figures[]>}
 */
export async function measure(callers, { rounds, calls, single }) {
  /** @type {Map<string, { rates: number[], cpu: number[], latencies: number[] }>} */
  const taken = new Map(callers.map(({ name }) => [name, { rates: [], cpu: [], latencies: [] }]));
  // The first of them are for the compiler.
  for (const { add } of callers) await flood(add, calls);
  for (let round = 0; round < rounds; round++) {
    for (const { name, add } of callers) {
      const { rates, cpu, latencies } = /** @type {any} */ (taken.get(name));
      const before = process.cpuUsage();
      const began = performance.now();
      await flood(add, calls);
      rates.push((calls / (performance.now() - began)) * 1_000);
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / calls);
      latencies.push(await oneAtATime(add, single));
    }
  }
  const [base] = taken.values();
  return [...taken].map(([name, { rates, cpu, latencies }]) => {
    const ratio = median(rates.map((rate, round) => rate / (base?.rates[round] ?? rate)));
    return { name, rate: median(rates), ratio, cpu: median(cpu), latency: median(latencies) };
  });
}

/** Keeps 1,000 calls in flight. @param {import('./api.mjs').Caller['add']} add @param {number} calls */
export async function flood(add, calls) {
  for (let i = 0; i < calls; i += IN_FLIGHT) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, j) => add(i, j)));
  }
}

/** @param {import('./api.mjs').Caller['add']} add @param {number} calls */
async function oneAtATime(add, calls) {
  const times = [];
  const until = performance.now() + LONGEST_MS;
  for (let i = 0; i < calls && performance.now() < until; i++) {
    const start = performance.now();
    await add(i, 1);
    times.push((performance.now() - start) * 1_000);
  }
  return median(times);
}

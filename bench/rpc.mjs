// Calls of an object in another thread: Comlink over shared memory, as `reveille/rpc` has it, beside plain Comlink over
// a MessagePort, and `reveille/rpc` over that port. After `npm run build:js`:
//
//     node bench/rpc.mjs [rounds]
//
// The contenders take turns, round by round, so that what else the machine does hits all of them. CPU time is of the
// whole process, both threads.
import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as comlink from 'comlink';
import { channelEnds, expose, wrap } from '../dist/adapters/rpc.js';

const api = { add: (/** @type {number} */ a, /** @type {number} */ b) => a + b };
const IN_FLIGHT = 1_000;
const CALLS = 20_000;
const SINGLE_CALLS = 1_000;

/** @typedef {{ add(a: number, b: number): Promise<number> }} Remote */
/** @typedef {{ name: string, remote: Remote, rates: number[], cpu: number[], latencies: number[] }} Contender */

if (isMainThread) await main();
else serve();

function serve() {
  const { plain, port, memory } = workerData;
  comlink.expose(api, plain);
  expose(api, port);
  expose(api, memory);
  parentPort?.postMessage('ready');
}

async function main() {
  const rounds = Number(process.argv[2] ?? 7);
  const [plain, port] = [new MessageChannel(), new MessageChannel()];
  const [near, far] = channelEnds();
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { plain: plain.port2, port: port.port2, memory: far },
    transferList: /** @type {any} */ ([plain.port2, port.port2, far.port]),
  });
  await new Promise((resolve) => worker.once('message', resolve));
  const contenders = [
    contender('comlink, MessagePort', comlink.wrap(plain.port1)),
    contender('reveille/rpc, MessagePort', wrap(port.port1)),
    contender('reveille/rpc, shared memory', wrap(near)),
  ];
  // The first of them are for the compiler.
  for (const each of contenders) await flood(each.remote, CALLS);
  for (let round = 0; round < rounds; round++) {
    for (const each of contenders) await measure(each);
  }
  report(contenders);
  await worker.terminate();
}

/** @param {string} name @param {unknown} remote @returns {Contender} */
function contender(name, remote) {
  return { name, remote: /** @type {Remote} */ (remote), rates: [], cpu: [], latencies: [] };
}

/** @param {Contender} contender */
async function measure({ remote, rates, cpu, latencies }) {
  const before = process.cpuUsage();
  const began = performance.now();
  await flood(remote, CALLS);
  rates.push((CALLS / (performance.now() - began)) * 1_000);
  const { user, system } = process.cpuUsage(before);
  cpu.push((user + system) / CALLS);
  const times = [];
  for (let i = 0; i < SINGLE_CALLS; i++) {
    const start = performance.now();
    await remote.add(i, 1);
    times.push((performance.now() - start) * 1_000);
  }
  latencies.push(median(times));
}

/** Keeps 1,000 calls in flight. @param {Remote} remote @param {number} calls */
async function flood(remote, calls) {
  for (let i = 0; i < calls; i += IN_FLIGHT) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, j) => remote.add(i, j)));
  }
}

/** @param {Contender[]} contenders */
function report(contenders) {
  const [base] = contenders;
  console.log(`${IN_FLIGHT} in flight: calls/s (x of the first), CPU us/call; 1 in flight: p50 us`);
  for (const { name, rates, cpu, latencies } of contenders) {
    const ratios = rates.map((rate, i) => rate / (base?.rates[i] ?? rate));
    const figures = [
      Math.round(median(rates)).toLocaleString('en').padStart(9),
      `x ${median(ratios).toFixed(2)}`.padStart(7),
      `${median(cpu).toFixed(1)} us`.padStart(9),
      `${median(latencies).toFixed(0)} us`.padStart(8),
    ];
    console.log(`${name.padEnd(30)} ${figures.join(' ')}`);
  }
}

/** @param {number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

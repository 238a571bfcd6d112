/**
 * Calls of an object in another thread or process, beside the libraries that others use. After `npm run build:js`:
 *
 *     node bench/rpc.mjs [--runtime node,deno,bun] [--kind threads,sockets] [--rounds 7] [--heap] [--calls 1000000]
 *
 * Threads: Comlink over a MessagePort, and `reveille/rpc` over that and over shared memory. Sockets, to another process
 * on this machine: birpc and capnweb over a WebSocket, `reveille/rpc` over a WebSocket, TCP and a Unix socket, and 16
 * bytes to and fro over bare `node:net`. Each runtime measures in a process of its own; the contenders take turns in
 * it, round by round. Figures are medians. CPU time is that of the calling process, which is both sides for threads.
 *
 * With `--heap`: the heap after 10, 50 and 100 % of a million calls over each transport of ours.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadAverage } from './machine/describe.mjs';
import { installPeers } from './peers.mjs';
import { table } from './report/format.mjs';
import { findRuntimes } from './runtimes.mjs';

const child = fileURLToPath(new URL('rpc/child.mjs', import.meta.url));
const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'node,deno,bun' },
    kind: { type: 'string', default: 'threads,sockets' },
    rounds: { type: 'string', default: '7' },
    heap: { type: 'boolean', default: false },
    calls: { type: 'string', default: '1000000' },
  },
});

installPeers();
for (const runtime of findRuntimes(values.runtime.split(','))) {
  for (const kind of values.kind.split(',')) {
    console.log(
      `\n${runtime.title}, ${kind}; ${new Date().toISOString().slice(0, 10)}, load ${loadAverage().join(' ')}\n`,
    );
    console.log(values.heap ? heapTable(runtime, kind) : speedTable(runtime, kind));
  }
}

/** @param {import('./contract.ts').BenchRuntime} runtime @param {string} kind */
function speedTable(runtime, kind) {
  const amounts = { rounds: Number(values.rounds), calls: 20_000, single: 1_000 };
  /** @type {import('./rpc/measure.mjs').Figures[]} */
  const figures = inProcess(runtime, [], { kind, what: 'speed', ...amounts });
  const rows = figures.map(({ name, rate, ratio, cpu, latency }) => [
    name,
    `${Math.round(rate).toLocaleString('en')} /s`,
    `${ratio.toFixed(2)} x`,
    `${cpu.toFixed(1)} us`,
    `${latency.toFixed(0)} us`,
  ]);
  const heading = ['', '1,000 in flight', 'of the first', 'CPU time of a call', '1 in flight, p50'];
  return table([heading, ...rows], 'markdown');
}

/** @param {import('./contract.ts').BenchRuntime} runtime @param {string} kind */
function heapTable(runtime, kind) {
  /** @type {{ name: string, heaps: number[] }[]} */
  const figures = inProcess(runtime, runtime.garbageArgs, { kind, what: 'heap', calls: Number(values.calls) });
  const rows = figures.map(({ name, heaps }) => [name, ...heaps.map((heap) => `${heap.toFixed(1)} MiB`)]);
  return table([[`${values.calls} calls`, 'after 10 %', '50 %', '100 %'], ...rows], 'markdown');
}

/**
 * @param {import('./contract.ts').BenchRuntime} runtime @param {readonly string[]} args @param {object} work
 * @returns {any}
 */
function inProcess(runtime, args, work) {
  const { stdout, status } = spawnSync(runtime.command, [...runtime.args, ...args, child, JSON.stringify(work)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${runtime.title} ended with exit code ${status}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

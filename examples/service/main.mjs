// A price service in a process of its own, and three clients: in a thread, in a process, and over a socket. While they
// trade, the service is killed, and later restarted. At the end it is checked that nothing is lost that was promised.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { startProcess } from 'reveille/process';
import { connect, ReconnectingClient, RpcService } from 'reveille/rpc';
import { trade } from './client.mjs';
import { Progress } from './progress.mjs';

/** Ticks that each client sees between two events. */
const SOME = 100;

const folder = mkdtempSync(join(tmpdir(), 'reveille-prices-'));
const journal = join(folder, 'orders.txt');

/** @type {RpcService<import('./prices.mjs').default>} */
const prices = new RpcService({
  name: 'prices',
  module: new URL('./prices.mjs', import.meta.url),
  args: [{ journal }],
  host: 'process',
  restart: { baseDelay: 0 },
});
prices.addEventListener('statechange', ({ previous, state }) => console.log(`service: ${previous} -> ${state}`));
await prices.start();

const clients = [threadClient(), processClient(), socketClient()];
const everybody = (/** @type {number | undefined} */ former = undefined) =>
  Promise.all(clients.map((client) => client.seesMore(SOME, former)));

await everybody();
const victim = prices.pid ?? 0;
process.kill(victim, 'SIGKILL');
await everybody(victim);
console.log(`killed process ${victim}; all clients go on with process ${prices.pid}`);

const former = prices.pid;
await prices.restart();
await everybody(former);
console.log(`restarted; all clients go on with process ${prices.pid}`);

const results = await Promise.all(clients.map((client) => client.stop()));
const report = await prices.shutdown();
const orders = readFileSync(journal, 'utf8').trim().split('\n');
rmSync(folder, { recursive: true });

const table = results.map(({ orders: accepted, ...count }) => {
  const lost = accepted.filter((id) => !orders.includes(id)).length;
  return { ...count, accepted: accepted.length, lost };
});
const twice = orders.length - new Set(orders).size;
console.log(columns(table));
console.log(`${orders.length} orders in the journal, ${twice} of them twice; clean shutdown: ${report.clean}`);
const isWrong = table.some(({ gaps, wrong, lost }) => gaps + wrong + lost > 0) || twice > 0 || !report.clean;
if (isWrong) process.exitCode = 1;

/** @typedef {Awaited<ReturnType<typeof trade>>} Result */

function threadClient() {
  const door = prices.door();
  const url = new URL('./thread-client.mjs', import.meta.url);
  const worker = new Worker(url, { workerData: { door }, transferList: [door.port] });
  return clientThatTells(
    (tell) => worker.on('message', tell),
    () => worker.postMessage('stop'),
  );
}

function processClient() {
  const script = fileURLToPath(new URL('./process-client.mjs', import.meta.url));
  const flags = 'Deno' in globalThis ? ['run', '-A'] : [];
  const child = startProcess(process.execPath, [...flags, script], {
    env: { ...process.env, PRICES: JSON.stringify(prices.address) },
    stdio: 'inherit',
    ipc: true,
  });
  return clientThatTells(
    (tell) => child.addEventListener('message', ({ data }) => tell(data)),
    () => child.send('stop'),
  );
}

/**
 * @param {(tell: (message: any) => void) => unknown} listen
 * @param {() => unknown} askToStop
 */
function clientThatTells(listen, askToStop) {
  const progress = new Progress();
  /** @type {Promise<Result>} */
  const result = new Promise((resolve) => {
    listen(({ ticks, pid, result }) => (result === undefined ? progress.add(ticks, pid) : resolve(result)));
  });
  return {
    seesMore: (/** @type {number} */ more, /** @type {number | undefined} */ former) => progress.seesMore(more, former),
    stop() {
      askToStop();
      return result;
    },
  };
}

function socketClient() {
  const progress = new Progress();
  let isOver = false;
  /** @type {ReconnectingClient<import('./prices.mjs').default>} */
  const client = new ReconnectingClient({
    connect: (signal) => connect({ ...prices.address, signal }),
    idempotent: ['quote'],
    baseDelay: 10,
    maxDelay: 100,
  });
  const result = trade(client, {
    name: 'socket',
    onProgress: (ticks, pid) => progress.add(ticks, pid),
    isOver: () => isOver,
  });
  return {
    seesMore: (/** @type {number} */ more, /** @type {number | undefined} */ former) => progress.seesMore(more, former),
    async stop() {
      isOver = true;
      const count = await result;
      await client[Symbol.asyncDispose]();
      return count;
    },
  };
}

/** @param {readonly Record<string, string | number>[]} rows */
function columns(rows) {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  return lines.map((line) => line.map((text) => text.padStart(9)).join('')).join('\n');
}

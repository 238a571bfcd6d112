/**
 * How soon it is known that a port is free again: `node bench/process.mjs [--quick]`, or with `deno run -A`, or `bun`.
 * After `npm run build:js`. Beside it stand the habits that it is to replace: a fixed sleep, a poller that looks every
 * 250 ms, and `wait-on`, which does so twice. Each wait begins up to 300 ms before the port is released, at random.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import process from 'node:process';
import { loadAverage } from './machine/describe.mjs';
import { summarize } from './pacing/samples.mjs';
import { pause } from './pause.mjs';
import { importPeer, installPeers } from './peers.mjs';
import { measureManaged } from './process/managed.mjs';
import { measureService } from './process/service.mjs';
import { table } from './report/format.mjs';

const SLEEP_MS = 1_500;
const POLL_MS = 250;
const LONGEST_LEAD_MS = 300;
const LISTENER = `require('node:net').createServer().listen(0, function () { console.log(this.address().port) })`;

installPeers();
/** @type {typeof import('../src/process.ts')} */
const reveille = await import(new URL('../dist/adapters/process.js', import.meta.url).href);
/** @type {typeof import('../src/rpc.ts')} */
const rpc = await import(new URL('../dist/adapters/rpc.js', import.meta.url).href);
const { isPortFree, waitForPortListen, waitForPortRelease } = reveille;
const { default: waitOn } = await importPeer('wait-on');
const quick = process.argv.includes('--quick');

/** @typedef {{ port: number, exited: Promise<number> }} Known */

/** A process that listens; Node on every runtime, since its end is the same. */
async function startListener() {
  const child = spawn('node', ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit').then(() => performance.now());
  const [said] = await once(child.stdout, 'data');
  return { child, exited, port: Number(String(said)) };
}

/**
 * From SIGKILL of the process that has the port until `wait` resolves, the time that the process takes to end included;
 * and how much later than its exit event that is, since on a busy machine a process takes its time.
 * @param {number} rounds @param {(known: Known) => Promise<unknown>} wait @param {() => Promise<unknown>} [after]
 */
async function afterKill(rounds, wait, after) {
  const samples = [];
  const afterExit = [];
  for (let round = 0; round < rounds; round++) {
    const { child, port, exited } = await startListener();
    const waited = after === undefined ? wait({ port, exited }) : undefined;
    await pause(Math.random() * LONGEST_LEAD_MS);
    const killed = performance.now();
    child.kill('SIGKILL');
    await (waited ?? after?.());
    const known = performance.now();
    samples.push(known - killed);
    afterExit.push(Math.max(0, known - (await exited)));
    if (!(await isPortFree(port))) throw new Error(`Port ${port} is not free`);
  }
  return { ...summarize(samples), afterExit: summarize(afterExit).text };
}

/**
 * The server stops listening and hangs up on nobody, so that nothing tells of it.
 * @param {number} rounds
 */
async function afterClose(rounds) {
  const samples = [];
  for (let round = 0; round < rounds; round++) {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const waited = waitForPortRelease(port);
    await pause(Math.random() * LONGEST_LEAD_MS);
    const closed = performance.now();
    server.close();
    await waited;
    samples.push(performance.now() - closed);
  }
  return summarize(samples);
}

/** @param {number} rounds */
async function untilListening(rounds) {
  const samples = [];
  for (let round = 0; round < rounds; round++) {
    const { child, port, exited } = await startListener();
    child.kill('SIGKILL');
    await exited;
    const waited = waitForPortListen(port);
    await pause(Math.random() * LONGEST_LEAD_MS);
    const server = createServer((socket) => void socket.on('error', () => {}).resume()).listen(port);
    await once(server, 'listening');
    const began = performance.now();
    await waited;
    samples.push(performance.now() - began);
    await new Promise((resolve) => server.close(resolve));
  }
  return summarize(samples);
}

/** @param {Known} known */
async function poll({ port }) {
  while (!(await isPortFree(port))) await pause(POLL_MS);
}

const rounds = quick ? 20 : 100;
const told = await afterKill(rounds, ({ port, exited }) => waitForPortRelease(port, { exited }));
const stranger = await afterKill(rounds, ({ port }) => waitForPortRelease(port));
const silent = await afterClose(rounds);
const listening = await untilListening(rounds);
const managed = await measureManaged(reveille, rounds);
const service = await measureService(rpc, reveille, rounds);
const polled = await afterKill(rounds, poll);
const reverse = { reverse: true, interval: POLL_MS, window: POLL_MS };
const waitedOn = await afterKill(rounds / 5, ({ port }) =>
  waitOn({ ...reverse, resources: [`tcp:127.0.0.1:${port}`] }),
);
const slept = await afterKill(
  rounds / 10,
  async () => {},
  () => pause(SLEEP_MS),
);

/** @param {{ p50: number }} own */
const times = ({ p50 }) =>
  `${(slept.p50 / p50).toFixed(0)} x sooner than the sleep, ${(polled.p50 / p50).toFixed(0)} x than the poller`;
const { versions } = process;
console.log(
  `Node ${versions.node}, Deno ${versions.deno ?? '-'}, Bun ${versions.bun ?? '-'}; load ${loadAverage().join(' ')}\n`,
);
console.log(
  table(
    [
      ['port released to wait resolved', 'measured', 'by the p50'],
      ['a child is killed, told of its exit', told.text, times(told)],
      ['- later than its exit event', told.afterExit, ''],
      ["a stranger's process is killed", stranger.text, times(stranger)],
      ['- later than its exit event', stranger.afterExit, ''],
      ['a server stops listening, nothing tells', silent.text, times(silent)],
      ['a managed process has closed its port, `terminate` resolved', managed.ended.text, times(managed.ended)],
      ['a service has closed its port, `shutdown` resolved', service.released.text, times(service.released)],
      ['- from the call of `shutdown` on', service.whole.text, ''],
      [`a poller, every ${POLL_MS} ms`, polled.text, ''],
      [`wait-on, every ${POLL_MS} ms`, waitedOn.text, ''],
      [`a sleep of ${SLEEP_MS} ms`, slept.text, ''],
      ['(the other way: listening to waitForPortListen resolved)', listening.text, ''],
      ['(readiness seen, its bytes have come, to `ready` resolved)', managed.resolving.text, ''],
      ['(the line `ready` was written to `ready` resolved)', managed.ready.text, ''],
      ['(the same line to a bare `data` event)', managed.bare.text, ''],
    ],
    'plain',
  ),
);

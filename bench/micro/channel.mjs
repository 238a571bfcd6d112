/**
 * Messages per second from one thread to another through a Channel, beside `postMessage` and a ring between C threads:
 *
 *     npm run build && node bench/micro/channel.mjs [--count N] [--rounds N]     (or bun, or deno run -A)
 *
 * Every message is checked: none may be lost, repeated or out of order. Contenders take turns; the median and the range
 * of the rounds are printed. `--count 10000000` is the long run.
 */
import { once } from 'node:events';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { measureLimits } from '../machine/limits.mjs';

const runtime = 'Bun' in globalThis ? 'bun' : 'Deno' in globalThis ? 'deno' : 'node';
/** @typedef {typeof import('./channel-tasks.mjs')} Tasks */
/** @type {typeof import('reveille')} */
const { Channel, createPool } = await import(new URL(`../../dist/adapters/${runtime}.js`, import.meta.url).href);
const { values } = parseArgs({ options: { count: { type: 'string' }, rounds: { type: 'string' } } });
const count = Number(values.count ?? 1_000_000);
const rounds = Number(values.rounds ?? 5);
/** Messages that a channel holds, and that are under way by `postMessage` before the other thread answers. */
const CAPACITY = 1024;

/** @typedef {{ received: number, wrong: number }} Outcome */
/** @param {number} id */
const object = (id) => ({ id, name: 'message', score: id / 7, ok: true });
/** @param {number} id */
const number = (id) => id;

/** @type {import('reveille').Pool<Tasks>} */
const pool = createPool(new URL('channel-tasks.mjs', import.meta.url), { threads: 2 });
await pool.ready();

/** @param {(channel: import('reveille').Channel) => Promise<Outcome>} run */
async function withChannel(run) {
  const channel = new Channel({ capacity: CAPACITY });
  const outcome = await run(channel);
  channel[Symbol.dispose]();
  return outcome;
}

/** @param {(id: number) => unknown} make @returns {Promise<Outcome>} */
const inLoops = (make) =>
  withChannel(async (channel) => {
    const outcome = pool.run('receiveInLoop', [channel]);
    for (let id = 0; id < count; id++) await channel.send(make(id));
    channel.close();
    return outcome;
  });

/** @param {(id: number) => unknown} make @returns {Promise<Outcome>} */
const blocked = (make) =>
  withChannel(async (channel) => {
    const outcome = pool.run('receiveBlocking', [channel, count]);
    await pool.run('sendBlocking', [channel, count, make === object]);
    return outcome;
  });

/**
 * Messages in windows, as nothing else keeps `postMessage` from piling them up.
 * @param {(id: number) => unknown} make
 */
async function byPostMessage(make) {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     let next = 0, wrong = 0;
     parentPort.on('message', (message) => {
       if ((typeof message === 'number' ? message : message.id) !== next++) wrong++;
       if (next % ${CAPACITY / 2} === 0 || next === ${count}) parentPort.postMessage({ received: next, wrong });
     });`,
    { eval: true },
  );
  await once(worker, 'online');
  /** @type {Outcome} */
  let outcome = { received: 0, wrong: 0 };
  /** @type {() => void} */
  let answered = () => {};
  worker.on('message', (/** @type {Outcome} */ message) => {
    outcome = message;
    answered();
  });
  for (let id = 0; id < count; id++) {
    while (id - outcome.received >= CAPACITY) await new Promise((resolve) => (answered = () => resolve(undefined)));
    worker.postMessage(make(id));
  }
  while (outcome.received < count) await new Promise((resolve) => (answered = () => resolve(undefined)));
  await worker.terminate();
  return outcome;
}

/** @type {ReadonlyArray<readonly [string, () => Promise<Outcome>]>} */
const contenders = [
  ['number, Channel, both in event loops', () => inLoops(number)],
  ['number, Channel, both blocking', () => blocked(number)],
  ['number, postMessage', () => byPostMessage(number)],
  ['object of 4 fields, Channel, both in event loops', () => inLoops(object)],
  ['object of 4 fields, Channel, both blocking', () => blocked(object)],
  ['object of 4 fields, postMessage', () => byPostMessage(object)],
];

/** @type {number[][]} */
const rates = contenders.map(() => []);
/** CPU time of both threads, in microseconds a message: the least of the rounds, which others disturb least. */
const costs = contenders.map(() => Infinity);
for (let round = 0; round < rounds; round++) {
  for (const [index, [name, run]] of contenders.entries()) {
    const cpu = process.cpuUsage();
    const began = performance.now();
    const { received, wrong } = await run();
    const seconds = (performance.now() - began) / 1000;
    if (received !== count || wrong > 0) throw new Error(`${name}: ${received} of ${count} received, ${wrong} wrong`);
    const { user, system } = process.cpuUsage(cpu);
    costs[index] = Math.min(costs[index] ?? Infinity, (user + system) / count);
    rates[index]?.push(count / seconds / 1e6);
  }
}
await pool.close();

process.stdout.write(`${runtime} ${process.version}, ${rounds} x ${count} messages, all received, in order\n`);
for (const [index, [name]] of contenders.entries()) {
  const sorted = (rates[index] ?? []).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? NaN;
  const range = `${sorted[0]?.toFixed(2)} to ${sorted.at(-1)?.toFixed(2)}`;
  process.stdout.write(
    `${name.padEnd(50)}${median.toFixed(2).padStart(8)} M/s  (${range}), ${costs[index]?.toFixed(2)} us of CPU each\n`,
  );
}
for (const { name, value, unit } of measureLimits().filter((limit) => limit.name.startsWith('ring'))) {
  process.stdout.write(`C: ${name}`.padEnd(50) + `${value.toFixed(2).padStart(8)} ${unit}\n`);
}

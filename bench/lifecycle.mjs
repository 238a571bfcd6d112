// What cancelling and stopping cost, beside what the platform has for it. After `npm run build:js`:
//
//     node --expose-gc bench/lifecycle.mjs
import process from 'node:process';
import { pause } from './pause.mjs';

const runtime = 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node';
const { CancelToken, Lifecycle, TaskGroup } = await import(`../dist/adapters/${runtime}.js`);

/** @type {string[]} */
const rows = [];
/** @typedef {import('reveille').CancelToken} Token */
/** @param {string} what @param {string} value */
const row = (what, value) => rows.push(`${what.padEnd(72)} ${value}`);
/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * Nanoseconds of one call, the best of five runs: everything else is the machine's.
 *
 * @param {number} calls @param {(i: number) => unknown} body
 */
function nanoseconds(calls, body) {
  let best = Infinity;
  for (let run = 0; run < 5; run++) {
    const began = performance.now();
    for (let i = 0; i < calls; i++) body(i);
    best = Math.min(best, performance.now() - began);
  }
  return `${((best * 1e6) / calls).toFixed(1)} ns`;
}

async function shutdowns() {
  const times = [];
  let names = 0;
  for (let round = 0; round < 10; round++) {
    const group = new TaskGroup();
    for (let i = 0; i < 200; i++) {
      void group.spawn(
        `task ${i}`,
        (/** @type {AbortSignal} */ signal) =>
          new Promise((_, reject) => {
            if (i % 10 !== 7) signal.addEventListener('abort', () => reject(signal.reason));
          }),
      );
    }
    const began = performance.now();
    names = (await group.shutdown({ timeout: 200 })).hung.length;
    times.push(performance.now() - began);
  }
  const [middle, worst] = [median(times), Math.max(...times)].map((ms) => ms.toFixed(1));
  row(
    `200 tasks, ${names} of them deaf: shutdown({ timeout: 200 }), median and worst of 10`,
    `${middle} / ${worst} ms`,
  );
}

async function idle() {
  const app = new Lifecycle().add('part', { start: () => {}, stop: () => {} });
  await app.start();
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await pause(1_000);
  const { user, system } = process.cpuUsage(cpu);
  row(
    'CPU while a lifecycle runs and nothing happens',
    `${((user + system) / (performance.now() - began)).toFixed(2)} ms/s`,
  );
  await app.stop();
}

function tokens() {
  const token = new CancelToken();
  const child = token.child();
  const timed = new CancelToken({ timeout: 1e9 });
  const { signal } = new AbortController();
  let seen = 0;
  const look = (/** @type {Token} */ each) => () => (seen += each.isCancelled ? 1 : 0);
  row('token.isCancelled', nanoseconds(2e6, look(token)));
  row('token.isCancelled of a child', nanoseconds(2e6, look(child)));
  row('token.isCancelled with a deadline', nanoseconds(2e6, look(timed)));
  row(
    'signal.aborted',
    nanoseconds(2e6, () => (seen += signal.aborted ? 1 : 0)),
  );
  row(
    'a child made and disposed',
    nanoseconds(5e4, () => token.child()[Symbol.dispose]()),
  );
  row(
    'AbortSignal.any made and dropped',
    nanoseconds(5e3, () => AbortSignal.any([signal])),
  );
  for (const each of [child, token, timed]) each[Symbol.dispose]();
  return seen;
}

/** Bytes of heap that 100,000 children, or signals, leave behind; needs --expose-gc. */
async function leftBehind() {
  const { gc } = globalThis;
  if (gc === undefined) return;
  const left = async (/** @type {() => unknown} */ make) => {
    for (let i = 0; i < 1_000; i++) make();
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1e5; i++) make();
    // Weak references are cleared between turns.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    return `${((process.memoryUsage().heapUsed - before) / 1e5).toFixed(1)} bytes each`;
  };
  const token = new CancelToken();
  const { signal } = new AbortController();
  row('heap left by 100,000 children of one token', await left(() => token.child()[Symbol.dispose]()));
  row('heap left by 100,000 signals by AbortSignal.any of one', await left(() => AbortSignal.any([signal])));
  token[Symbol.dispose]();
}

await shutdowns();
await idle();
tokens();
await leftBehind();
console.log(rows.join('\n'));

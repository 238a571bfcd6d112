// How long a mutex takes to reach its next owner when its thread is ended, and what locking costs when nobody else
// wants it: `node bench/micro/locks.mjs [ends]` (or deno run -A, or bun). Needs a build.
import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { percentile } from '../statistics.mjs';

const runtime = 'Bun' in globalThis ? 'bun' : 'Deno' in globalThis ? 'deno' : 'node';
/** @type {typeof import('../../adapters/node.ts')} */
const { allowTermination, Mutex, Semaphore, superviseThread } = await import(`../../dist/adapters/${runtime}.js`);

if (isMainThread) await measure(Number(process.argv[2] ?? 100));
else await holdForEver();

async function holdForEver() {
  await allowTermination();
  Mutex.from(workerData).lockSync();
  parentPort?.postMessage('locked');
  parentPort?.on('message', () => {});
}

/** @param {number} ends */
async function measure(ends) {
  const mutex = new Mutex();
  /** @type {number[]} */
  const handovers = [];
  /** @type {number[]} */
  const afterExit = [];
  let told = 0;
  for (let end = 0; end < ends; end++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: mutex.handle });
    const buried = superviseThread(worker);
    await new Promise((locked) => worker.once('message', locked));
    const next = mutex.lock();
    const began = performance.now();
    let ended = 0;
    worker.prependListener('exit', () => (ended = performance.now()));
    void worker.terminate();
    const guard = await next;
    handovers.push(performance.now() - began);
    afterExit.push(performance.now() - ended);
    if (guard.wasAbandoned) told++;
    guard.release();
    await buried;
  }
  console.log(`handed on and told: ${told} of ${ends}`);
  report('ms from terminate() to the next owner', handovers);
  report("ms from the worker's 'exit' to the next owner", afterExit);
  const semaphore = new Semaphore(1);
  await cost('mutex.lockSync and release', () => mutex.lockSync().release());
  await cost('semaphore.acquireSync and release', () => semaphore.acquireSync().release());
  await cost('await mutex.lock and release', async () => (await mutex.lock()).release());
  await cost('await semaphore.acquire and release', async () => (await semaphore.acquire()).release());
}

/** @param {string} what @param {number[]} values */
function report(what, values) {
  const sorted = values.sort((a, b) => a - b);
  console.log(`${what}: p50 ${percentile(sorted, 0.5).toFixed(2)}, max ${sorted.at(-1)?.toFixed(2)}`);
}

/** @param {string} what @param {() => unknown} once */
async function cost(what, once) {
  const rounds = 200_000;
  let best = Infinity;
  for (let turn = 0; turn < 5; turn++) {
    const began = performance.now();
    for (let round = 0; round < rounds; round++) {
      const result = once();
      if (result !== undefined) await result;
    }
    best = Math.min(best, performance.now() - began);
  }
  console.log(`${what}: ${((best / rounds) * 1e6).toFixed(0)} ns`);
}

/**
 * What a managed process adds to what the system does: from the moment at which the child says that it is ready until
 * `ready` resolves, and of that the part after its words have arrived here; and from the moment at which it has given
 * its port back until `terminate` resolves. Beside the first stands what reading a pipe takes by itself. The child
 * writes down when it did what, by the clock on the wall.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { summarize } from '../pacing/samples.mjs';
import { now } from './wall-clock.mjs';

/** Listens, says so, and on SIGTERM closes, says so, and ends. */
const SERVER = `
const now = () => performance.timeOrigin + performance.now();
const tell = () => console.log('ready ' + server.address().port + ' ' + now());
const server = require('node:net').createServer().listen(0, tell);
process.on('SIGTERM', () => server.close(() => process.stdout.write('closed ' + now() + '\\n', () => process.exit())));
`;

/**
 * @param {typeof import('../../src/process.ts')} reveille
 * @param {number} rounds
 */
export async function measureManaged({ isPortFree, startProcess }, rounds) {
  /** @type {number[]} */
  const ready = [];
  /** @type {number[]} */
  const bare = [];
  /** @type {number[]} */
  const ended = [];
  /** @type {number[]} */
  const resolving = [];
  const arrivals = noteArrivals();
  for (let round = 0; round < rounds; round++) {
    bare.push(await untilBareLine());
    const child = startProcess('node', ['-e', SERVER], { ready: { line: /^ready / } });
    await child.ready;
    const seen = now();
    const [, port, written] = /ready (\d+) (\S+)/.exec(child.stdout.tail) ?? [];
    ready.push(seen - Number(written));
    resolving.push(seen - arrivals.last);
    await child.terminate({ grace: 10_000 });
    const resolved = now();
    ended.push(resolved - Number(/closed (\S+)/.exec(child.stdout.tail)?.[1]));
    if (!(await isPortFree(Number(port)))) throw new Error(`Port ${port} is not free`);
  }
  arrivals.stop();
  return { resolving: summarize(resolving), ready: summarize(ready), bare: summarize(bare), ended: summarize(ended) };
}

/** When the last bytes came in on any stream, before anybody is told. */
function noteArrivals() {
  const { push } = Readable.prototype;
  const noted = {
    last: Number.NaN,
    stop() {
      Readable.prototype.push = push;
    },
  };
  Readable.prototype.push = function (/** @type {unknown} */ chunk, /** @type {any} */ encoding) {
    noted.last = now();
    return push.call(this, chunk, encoding);
  };
  return noted;
}

async function untilBareLine() {
  const child = spawn('node', ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  const seen = now();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return seen - Number(String(said).trim().split(' ')[2]);
}

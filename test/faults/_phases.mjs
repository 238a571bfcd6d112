// A task module that dies, throws or blocks at a chosen step of its life. What it is to do is in its workerData, and
// what it did in shared memory: see phases.test.ts.
import process from 'node:process';
import { workerData } from 'node:worker_threads';

/** @typedef {{ words: Int32Array, plan: Record<string, string> }} Phases */

const { words, plan } = /** @type {Phases} */ (workerData);

/** How many threads have got here, this one included. @param {number} word */
function count(word) {
  const arrivals = Atomics.add(words, word, 1) + 1;
  Atomics.notify(words, word);
  return arrivals;
}

/** Does what is planned for the nth time that a thread comes to this step. @param {string} step @param {number} nth */
function act(step, nth) {
  const [what = '', from = '1', to = 'Infinity'] = (plan[step] ?? '').split(' ');
  if (nth < Number(from) || nth > Number(to)) return undefined;
  if (what === 'exit') process.exit(6);
  if (what === 'throw') throw new Error(`It fails at ${step} number ${nth}`);
  if (what === 'reject') return Promise.reject(new Error(`It fails at ${step} number ${nth}`));
  if (what === 'hang') return new Promise(() => {});
  if (what === 'block') {
    Atomics.wait(words, 4, 0);
    // Only a thread that outlives its end, or whose gate was opened, gets here.
    count(5);
  }
  return undefined;
}

await act('load', count(0));

export function init() {
  return act('init', count(1));
}

export function teardown() {
  return act('teardown', count(2));
}

/** @param {number} x */
export function echo(x) {
  return x;
}

/** @param {number} code */
export function exit(code) {
  process.exit(code);
}

/** Blocks until the gate is opened. @param {number} gate */
export function wait(gate) {
  count(3);
  Atomics.wait(words, gate, 0);
  return gate;
}

/** Its result goes by message, and the thread goes right after it. @param {number} seed @param {number} size */
export function answerAndDie(seed, size) {
  queueMicrotask(() => process.exit(2));
  return new Uint8Array(size).fill(seed);
}

/** @param {number} seed @param {number} size */
export function answer(seed, size) {
  return new Uint8Array(size).fill(seed);
}

/** Dies the first time that it is called. @param {Uint8Array} bytes */
export function sizeTheSecondTime(bytes) {
  if (count(6) === 1) process.exit(3);
  return bytes.length;
}

// The tasks of the fault tests. Each says in shared memory that it has started, and that it has had its effect.
import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { task } from 'reveille/task';

/** @typedef {{ started: Int32Array, effects: Int32Array, gates: Int32Array }} Ledger */

const { started, effects, gates } = /** @type {Ledger} */ (workerData);

/** @param {number} id */
function start(id) {
  return Atomics.add(started, id, 1);
}

/** @template T @param {number} id @param {T} value @returns {T} */
function effect(id, value) {
  Atomics.add(effects, id, 1);
  return value;
}

/** @returns {Promise<never>} */
function never() {
  return new Promise(() => {});
}

// Work, by the ways in which values travel.

/** @param {number} id @param {number} a @param {number} b */
export function add(id, a, b) {
  start(id);
  return effect(id, a + b);
}

/** @param {number} id */
export function double(id) {
  start(id);
  return effect(id, id * 2);
}

/** @param {{ id: number, tags: string[], when: Date }} order */
export function record(order) {
  start(order.id);
  return effect(order.id, { ...order, count: order.tags.length });
}

/** @param {number} id @param {string} text */
export function text(id, text) {
  start(id);
  return effect(id, `${id}:${text}`);
}

/** @param {number} id @param {Uint8Array} bytes */
export function bytes(id, bytes) {
  start(id);
  return effect(
    id,
    bytes.map((byte) => byte ^ (id & 0xff)),
  );
}

/** @param {number} id */
export async function later(id) {
  start(id);
  await new Promise((resolve) => setImmediate(resolve));
  return effect(id, id * 3);
}

/** @param {number} id */
export async function load(id) {
  start(id);
  await import(`./_loaded.mjs?${id}`);
  return effect(id, id * 5);
}

/** @param {number} id */
export function fail(id) {
  start(id);
  effect(id, 0);
  throw new RangeError(`Task ${id} was to fail`);
}

// Deaths.

/** @param {number} id @param {number} code */
export function exit(id, code) {
  start(id);
  process.exit(code);
}

/** @param {number} id */
export function exitTheFirstTime(id) {
  if (start(id) === 0) process.exit(7);
  return effect(id, id);
}

/** @param {number} id */
export function throwInTimer(id) {
  start(id);
  setTimeout(() => {
    throw new Error(`Bomb ${id}`);
  }, 0);
  return never();
}

/** @param {number} id */
export function throwInMicrotask(id) {
  start(id);
  queueMicrotask(() => {
    throw new Error(`Bomb ${id}`);
  });
  return never();
}

/** @param {number} id */
export function rejectUnhandled(id) {
  start(id);
  void Promise.reject(new Error(`Bomb ${id}`));
  return never();
}

/** Is answered, and takes the thread down a little later, under whichever task runs then. @param {number} id */
export function leaveBomb(id) {
  start(id);
  setImmediate(() => {
    throw new Error(`Bomb ${id}`);
  });
  return effect(id, id);
}

/** @param {number} id @param {number} code */
export function leaveExit(id, code) {
  start(id);
  setImmediate(() => process.exit(code));
  return effect(id, id);
}

// Tasks that ignore their caller.

/** @param {number} id */
export function spin(id) {
  start(id);
  task.postMessage(id);
  // A thread that runs on after its end would show here.
  for (;;) Atomics.add(gates, 0, 1);
}

/** Loads modules for ever, whatever comes of it. @param {number} id */
export async function keepLoading(id) {
  start(id);
  task.postMessage(id);
  for (let n = 0; ; n++) {
    await import(`./_loaded.mjs?${id}-${n}`).catch(() => {});
    Atomics.add(gates, 0, 1);
  }
}

/** @param {number} id */
export function block(id) {
  start(id);
  task.postMessage(id);
  for (;;) Atomics.wait(gates, 1, 0);
}

/** @param {number} id */
export function hang(id) {
  start(id);
  task.postMessage(id);
  return never();
}

// Tasks that are let go by the test.

/** Blocks the thread until the gate is opened. @param {number} id @param {number} gate */
export function gate(id, gate) {
  start(id);
  task.postMessage(id);
  Atomics.wait(gates, gate, 0);
  return effect(id, id);
}

/** As `gate`, but dies the first time. @param {number} id @param {number} gate */
export function gateThenExitTheFirstTime(id, gate) {
  const first = start(id) === 0;
  task.postMessage(id);
  Atomics.wait(gates, gate, 0);
  if (first) process.exit(9);
  return effect(id, id);
}

/** Awaits the gate: many of these fit on one thread. @param {number} id @param {number} gate @param {number} wanted */
export async function holdUntilAllAreHere(id, gate, wanted) {
  start(id);
  // The last one to come lets all go.
  if (Atomics.add(gates, gate + 1, 1) + 1 === wanted) {
    Atomics.store(gates, gate, 1);
    Atomics.notify(gates, gate);
  } else {
    await Atomics.waitAsync(gates, gate, 0).value;
  }
  return effect(id, id);
}

// Tasks that heed their caller.

/** @param {number} id */
export function spinUntilCancelled(id) {
  start(id);
  task.postMessage(id);
  while (!task.cancelled) Atomics.add(gates, 0, 1);
  return effect(id, id);
}

/** @param {number} id */
export async function awaitCancellation(id) {
  start(id);
  task.postMessage(id);
  const { signal } = task;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  effect(id, id);
  signal.throwIfAborted();
}

// Growth.

/** Fills the heap of its thread. @param {number} id */
export function grow(id) {
  start(id);
  const kept = [];
  for (let i = 0; ; i++) kept.push({ i, pair: [i, i + 1] });
}

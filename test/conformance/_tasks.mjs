// The tasks of the conformance tests.
import { workerData } from 'node:worker_threads';
import { move, task } from 'reveille/task';
import { arrive, isOpen, pass, passAsync } from './_gates.mjs';

/** @type {Int32Array} */
const gates = workerData?.gates;
let calls = 0;

// --- values

/** @template T @param {T} value @returns {T} */
export const echo = (value) => value;
/** @param {unknown[]} values */
export const count = (...values) => values.length;
/** @param {number} a @param {number} b */
export const add = (a, b) => a + b;
/** @param {number} value */
export const addOne = (value) => value + 1;
/** @param {number} value */
export const addOneLater = async (value) => (await value) + 1;
export const nothing = () => {};
/** @param {unknown[]} _load */
export const calledSoFar = (..._load) => ++calls;

/** What a value looks like from the inside. @param {unknown} value */
export function describe(value) {
  return Object.prototype.toString.call(value);
}

/** @param {Uint8Array} bytes */
export function sum(bytes) {
  let total = 0;
  for (const byte of bytes) total += byte;
  return total;
}

/** @param {Int32Array} words @param {number} value */
export function write(words, value) {
  Atomics.store(words, 0, value);
  Atomics.notify(words, 0);
}

/** @param {import('node:worker_threads').MessagePort} port @param {unknown} message */
export function postOn(port, message) {
  port.postMessage(message);
  port.close();
}

/** @param {number} length */
export const makeBytes = (length) => new Uint8Array(length).fill(7);
/** @param {number} length */
export const makeMovedBytes = (length) => move(new Uint8Array(length).fill(7));
/** Says, in the next call, whether the bytes that were moved have left. */
export function moveAndKeep() {
  kept = new Uint8Array(1000);
  return move(kept);
}
/** @type {Uint8Array | undefined} */
let kept;
export const keptLength = () => kept?.length;

export function movePair() {
  const left = new Uint8Array([1, 2]);
  const right = new Uint8Array([3]);
  return move({ left, right, sum: 6 }, [left.buffer, right.buffer]);
}

export const moveNumber = () => move(5);
export const returnFunction = () => () => 1;
export const returnSymbol = async () => Symbol('one of a kind');
export const returnCycle = () => {
  /** @type {{ self?: object }} */
  const value = {};
  value.self = value;
  return value;
};

// --- errors

class Refusal extends RangeError {
  code = 'E_REFUSED';
  /** @param {string} message @param {ErrorOptions} options */
  constructor(message, options) {
    super(message, options);
    this.name = 'Refusal';
    this.details = { limit: 3, path: ['a', 'b'] };
  }
}

export function refuse() {
  throw new Refusal('Cannot do that', { cause: new TypeError('Not a thing', { cause: 'the root' }) });
}
export async function refuseLater() {
  await null;
  refuse();
}
export function throwTypeError() {
  /** @type {any} */
  const none = undefined;
  return none.member;
}
export function throwAggregate() {
  throw new AggregateError([new Error('one'), 2], 'Two went wrong');
}
export function throwDomException() {
  throw new DOMException('Wrong state', 'InvalidStateError');
}
export function throwUncloneableProperty() {
  throw Object.assign(new Error('Has a function'), { callback: () => {}, kept: 1 });
}
/** @param {unknown} value */
export function throwValue(value) {
  throw value;
}
export const returnError = () => Object.assign(new RangeError('Only returned'), { code: 'E_RETURNED' });

// --- gates

/** Blocks its thread at the gate. @param {number} gate */
export function hold(gate) {
  pass(gates, gate);
  return task.threadIndex;
}

/** Awaits the opening of the gate. @param {number} gate @param {unknown} [_load] */
export async function holdAsync(gate, _load) {
  await passAsync(gates, gate);
  return task.threadIndex;
}

/** Arrives at the gate and goes on. @param {number} gate @param {unknown} [_load] */
export function visit(gate, _load) {
  arrive(gates, gate);
  return task.threadIndex;
}

/** The same with a gate of one's own. @param {Int32Array} words */
export function visitShared(words) {
  arrive(words, 0);
}

// --- cancellation

/** Loops without ever leaving the event loop a turn, until its caller gives up. @param {number} gate */
export function loopUntilCancelled(gate) {
  arrive(gates, gate);
  while (!task.cancelled);
  arrive(gates, gate + 1);
}

/** Loops until cancelled, and throws. @param {number} gate */
export function loopUntilThrown(gate) {
  arrive(gates, gate);
  try {
    for (;;) task.throwIfCancelled();
  } finally {
    arrive(gates, gate + 1);
  }
}

/** Loops until its gate opens, whether cancelled or not. @param {number} gate */
export function spinUntilOpen(gate) {
  arrive(gates, gate);
  while (!isOpen(gates, gate));
}

/** Awaits its signal. @param {number} gate */
export async function awaitSignal(gate) {
  const { signal } = task;
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  arrive(gates, gate);
  // The caller may have given up between the claim and here.
  if (!signal.aborted) await aborted;
  lastReason = `${signal.reason?.name}: ${signal.aborted} ${task.cancelled}`;
  arrive(gates, gate + 1);
}
let lastReason = '';
export const signalSeen = () => lastReason;

/** Awaits the gate, then says of which task the code around the await is. @param {number} gate @param {string} mark */
export async function identify(gate, mark) {
  const { signal, deadline } = task;
  await passAsync(gates, gate);
  await null;
  const same = task.signal === signal && task.deadline === deadline;
  return { mark, same, cancelled: task.cancelled, name: task.name };
}

/** Never ends and hears nothing. @param {number} gate */
export function loopForEver(gate) {
  arrive(gates, gate);
  for (;;);
}

/** Nobody writes here. */
const never = new Int32Array(new SharedArrayBuffer(4));

/** Blocks for ever. @param {number} gate */
export function blockForEver(gate) {
  arrive(gates, gate);
  Atomics.wait(never, 0, 0);
}

/** Never settles. @param {number} gate */
export function neverSettle(gate) {
  arrive(gates, gate);
  return new Promise(() => {});
}

export const deadline = () => task.deadline;
export const taskName = () => task.name;
export const threadIndex = () => task.threadIndex;
export const isCancelled = () => task.cancelled;

// --- the end of threads

/** @param {number} code */
export function exit(code) {
  process.exit(code);
}

/**
 * Ends its thread the first `times` that it is called, on whichever thread.
 *
 * @param {number} gate
 * @param {number} times
 */
export function exitAtFirst(gate, times) {
  if (Atomics.add(gates, gate * 2, 1) < times) process.exit(9);
  return 'survived';
}

/** The same, with something to carry along. @template T @param {{ gate: number, load: T }} given */
export function exitAtFirstWith({ gate, load }) {
  if (Atomics.add(gates, gate * 2, 1) < 1) process.exit(9);
  return load;
}

/** Dies of an error that nobody can catch. @param {number} gate */
export function throwFromTimer(gate) {
  arrive(gates, gate);
  setTimeout(() => {
    throw Object.assign(new RangeError('Thrown in a timer'), { code: 'E_TIMER' });
  }, 0);
  return new Promise(() => {});
}

export function rejectUnhandled() {
  void Promise.reject(Object.assign(new RangeError('Rejected, and nobody cares'), { code: 'E_REJECTED' }));
  return new Promise(() => {});
}

/** Ends its thread when its gate opens, not before it has answered. @param {number} gate */
export function exitOnceOpen(gate) {
  void passAsync(gates, gate).then(() => process.exit(3));
}

// --- messages

/** @param {unknown[]} values */
export function post(...values) {
  for (const value of values) task.postMessage(value);
}

/** @param {number} gate @param {unknown} value */
export function postAndHold(gate, value) {
  task.postMessage(value);
  pass(gates, gate);
  return 'released';
}

/** Posts once the task is over. @param {unknown} value */
export function postLater(value) {
  setTimeout(() => task.postMessage(value), 0);
}

/** @param {string} text */
export function print(text) {
  console.log(text);
}

/** The time on the clock that all threads share. @param {ArrayBuffer} _load */
export async function sharedNow(_load) {
  const { now } = await import('reveille');
  return now();
}

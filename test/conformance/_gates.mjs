// Gates: where a task says that it has arrived, and waits until the test lets it pass. Two words of shared memory each,
// handed to the threads in `workerData`, so that the tasks' own arguments stay plain numbers.

/** How many gates there are. */
export const GATES = 64;
const ARRIVED = 0;
const OPEN = 1;
const WORDS = 2;

/** @returns {Int32Array} */
export function gateWords() {
  return new Int32Array(new SharedArrayBuffer(4 * WORDS * GATES));
}

/** Says that somebody has come to the gate. @param {Int32Array} words @param {number} gate */
export function arrive(words, gate) {
  Atomics.add(words, gate * WORDS + ARRIVED, 1);
  Atomics.notify(words, gate * WORDS + ARRIVED);
}

/** Arrives and blocks the thread until the gate is open. @param {Int32Array} words @param {number} gate */
export function pass(words, gate) {
  arrive(words, gate);
  Atomics.wait(words, gate * WORDS + OPEN, 0);
}

/** Arrives and awaits the opening of the gate. @param {Int32Array} words @param {number} gate */
export async function passAsync(words, gate) {
  arrive(words, gate);
  await changed(words, gate * WORDS + OPEN, 0);
}

/** @param {Int32Array} words @param {number} gate */
export function isOpen(words, gate) {
  return Atomics.load(words, gate * WORDS + OPEN) !== 0;
}

/** Lets everybody pass. @param {Int32Array} words @param {number} gate */
export function open(words, gate) {
  Atomics.store(words, gate * WORDS + OPEN, 1);
  Atomics.notify(words, gate * WORDS + OPEN);
}

/** How many have come to the gate so far. @param {Int32Array} words @param {number} gate */
export function arrivals(words, gate) {
  return Atomics.load(words, gate * WORDS + ARRIVED);
}

/** Resolves once `count` have come to the gate. @param {Int32Array} words @param {number} gate */
export async function arrived(words, gate, count = 1) {
  for (let seen = arrivals(words, gate); seen < count; seen = arrivals(words, gate)) {
    await changed(words, gate * WORDS + ARRIVED, seen);
  }
}

/** Blocks this thread until `count` have come to the gate. @param {Int32Array} words @param {number} gate */
export function arrivedSync(words, gate, count = 1) {
  for (let seen = arrivals(words, gate); seen < count; seen = arrivals(words, gate)) {
    Atomics.wait(words, gate * WORDS + ARRIVED, seen);
  }
}

/** @param {Int32Array} words @param {number} index @param {number} from */
async function changed(words, index, from) {
  const wait = Atomics.waitAsync(words, index, from);
  if (wait.async) await wait.value;
}

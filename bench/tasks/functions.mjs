/**
 * The tasks, the same for every contender: ordinary functions of one argument that know nothing of the pool they run
 * in.
 */

/** @param {number} value */
export function increment(value) {
  return value + 1;
}

/**
 * @template T
 * @param {T} value
 */
export function echo(value) {
  return value;
}

/**
 * Work that takes a core for a given number of steps, whatever the clock does.
 * @param {number} iterations
 */
export function spin(iterations) {
  let state = 1;
  for (let i = 0; i < iterations; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state;
}

/** This thread's clock, in milliseconds. Its origin may differ from other threads'; see ../clock.mjs. */
export function clock() {
  return performance.now();
}

/**
 * Keeps its thread busy for so many milliseconds; returns its clock's time at the end.
 * @param {number} ms
 */
export function occupy(ms) {
  const end = performance.now() + ms;
  let now = performance.now();
  while (now < end) now = performance.now();
  return now;
}

/**
 * Says that it runs (word 0), then keeps its thread until it is let go (word 1).
 * @param {Int32Array} gate
 */
export function hold(gate) {
  announce(gate);
  Atomics.wait(gate, 1, 0);
  return 0;
}

/**
 * Says that it runs and then ignores everything, for ever.
 * @param {Int32Array} gate
 */
export function loopIgnoring(gate) {
  announce(gate);
  for (;;) if (Atomics.load(gate, 1) === 1) return 0;
}

/** @param {Int32Array} gate */
export function announce(gate) {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

// A ticket lock: whoever comes takes the next number, and waits until it is called.
// `broken` loses a wake-up; `repaired` does not. `node examples/explore/main.mjs` finds out.
import { strictEqual } from 'node:assert/strict';
import { scenario } from 'reveille/testing';

const NEXT = 0;
const CALLED = 1;

/** @param {Int32Array} words */
function lockCarelessly(words) {
  const mine = Atomics.add(words, NEXT, 1);
  // Between the look and the wait the number may be called: the wait is for whatever is there by then.
  while (Atomics.load(words, CALLED) !== mine) Atomics.wait(words, CALLED, Atomics.load(words, CALLED));
}

/** @param {Int32Array} words */
function lock(words) {
  const mine = Atomics.add(words, NEXT, 1);
  // One look: the wait begins only if the number that was seen is still the one that is called.
  for (let called; (called = Atomics.load(words, CALLED)) !== mine;) Atomics.wait(words, CALLED, called);
}

/** @param {Int32Array} words */
function unlock(words) {
  Atomics.add(words, CALLED, 1);
  Atomics.notify(words, CALLED);
}

/**
 * Two threads that take the lock once each, and are never inside at the same time.
 *
 * @param {(words: Int32Array) => void} take
 */
function twoThreads(take) {
  /** @param {import('reveille/testing').ThreadContext<undefined, Int32Array>} context */
  const body = ({ local: words, scratch, step }) => {
    take(words);
    strictEqual(scratch[0], 0);
    scratch[0] = 1;
    step('inside');
    scratch[0] = 0;
    unlock(words);
  };
  return scenario({
    memory: 8,
    words: { next: 0, called: 4 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [body, body],
    check: ({ buffer }) => strictEqual(new Int32Array(buffer)[CALLED], 2),
  });
}

export const broken = twoThreads(lockCarelessly);
export const repaired = twoThreads(lock);

/** A counting semaphore on one word, whose waiters want different numbers of permits. */
import { strictEqual } from 'node:assert/strict';
import { scenario, type Scenario } from '../../scenario.ts';

const PERMITS = 0;

function acquire(words: Int32Array, count: number): void {
  for (;;) {
    const permits = Atomics.load(words, PERMITS);
    if (permits < count) Atomics.wait(words, PERMITS, permits);
    else if (Atomics.compareExchange(words, PERMITS, permits, permits - count) === permits) return;
  }
}

function semaphoreScenario(waiters: (released: number) => number): Scenario<undefined, Int32Array> {
  const release = (words: Int32Array, count: number): void => {
    Atomics.add(words, PERMITS, count);
    Atomics.notify(words, PERMITS, waiters(count));
  };
  return scenario<undefined, Int32Array>({
    memory: 4,
    words: { permits: 0 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [
      ({ local: words }) => acquire(words, 2),
      ({ local: words }) => {
        acquire(words, 1);
        release(words, 2);
      },
      ({ local: words }) => release(words, 1),
    ],
    check: ({ buffer }) => strictEqual(new Int32Array(buffer)[PERMITS], 0),
  });
}

/** Wakes as many waiters as there are new permits: one permit may wake the waiter for two while one for one sleeps. */
export const broken: Scenario<undefined, Int32Array> = semaphoreScenario((released) => released);

/** Wakes them all. */
export const repaired: Scenario<undefined, Int32Array> = semaphoreScenario(() => Infinity);

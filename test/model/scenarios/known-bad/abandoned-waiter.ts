/** A semaphore with blocking and asynchronous waiters, where an asynchronous wait may be cancelled. */
import { strictEqual } from 'node:assert/strict';
import { scenario, type Scenario } from '../../scenario.ts';

const PERMITS = 0;

function tryAcquire(words: Int32Array): boolean {
  for (;;) {
    const permits = Atomics.load(words, PERMITS);
    if (permits === 0) return false;
    if (Atomics.compareExchange(words, PERMITS, permits, permits - 1) === permits) return true;
  }
}

async function acquireAsync(words: Int32Array, signal: AbortSignal): Promise<boolean> {
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
  while (!signal.aborted) {
    if (tryAcquire(words)) return true;
    const wait = Atomics.waitAsync(words, PERMITS, 0);
    if (wait.async) await Promise.race([wait.value, aborted]);
  }
  return false;
}

function semaphoreScenario(waiters: number): Scenario<undefined, Int32Array> {
  const release = (words: Int32Array): void => {
    Atomics.add(words, PERMITS, 1);
    Atomics.notify(words, PERMITS, waiters);
  };
  return scenario<undefined, Int32Array>({
    memory: 4,
    words: { permits: 0 },
    budget: { cancels: 1 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [
      async ({ local: words, signal }) => {
        if (await acquireAsync(words, signal)) release(words);
      },
      ({ local: words }) => {
        while (!tryAcquire(words)) Atomics.wait(words, PERMITS, 0);
        release(words);
      },
      ({ local: words }) => release(words),
    ],
    check: ({ buffer }) => strictEqual(new Int32Array(buffer)[PERMITS], 1),
  });
}

/** Wakes one: it may be the abandoned waiter, which `Atomics.waitAsync` gives no way to take back. */
export const broken: Scenario<undefined, Int32Array> = semaphoreScenario(1);

/** Wakes all; whoever is still there competes again. */
export const repaired: Scenario<undefined, Int32Array> = semaphoreScenario(Infinity);

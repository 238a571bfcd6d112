/** A condition variable: one thread waits for a fact under a mutex, another makes it true and signals. */
import { strictEqual } from 'node:assert/strict';
import { scenario, type Scenario } from '../../scenario.ts';

const LOCK = 0;
const SIGNAL = 1;
const FACT = 2;

function lock(words: Int32Array): void {
  while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) Atomics.wait(words, LOCK, 1);
}

function unlock(words: Int32Array): void {
  Atomics.store(words, LOCK, 0);
  Atomics.notify(words, LOCK, 1);
}

interface Condition {
  wait(words: Int32Array): void;
  signal(words: Int32Array): void;
}

function conditionScenario({ wait, signal }: Condition): Scenario<undefined, Int32Array> {
  return scenario<undefined, Int32Array>({
    memory: 12,
    words: { lock: 0, signal: 4, fact: 8 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [
      ({ local: words }) => {
        lock(words);
        while (Atomics.load(words, FACT) === 0) wait(words);
        unlock(words);
      },
      ({ local: words }) => {
        lock(words);
        Atomics.store(words, FACT, 1);
        unlock(words);
        signal(words);
      },
    ],
    check: ({ buffer }) => strictEqual(new Int32Array(buffer)[LOCK], 0),
  });
}

/** The signal does not change the word: one that comes between the unlock and the wait is lost. */
export const broken: Scenario<undefined, Int32Array> = conditionScenario({
  wait: (words) => {
    unlock(words);
    Atomics.wait(words, SIGNAL, 0);
    lock(words);
  },
  signal: (words) => void Atomics.notify(words, SIGNAL, 1),
});

/** The signal counts up, and the waiter waits on the count that it read under the lock. */
export const repaired: Scenario<undefined, Int32Array> = conditionScenario({
  wait: (words) => {
    const seen = Atomics.load(words, SIGNAL);
    unlock(words);
    Atomics.wait(words, SIGNAL, seen);
    lock(words);
  },
  signal: (words) => {
    Atomics.add(words, SIGNAL, 1);
    Atomics.notify(words, SIGNAL, 1);
  },
});

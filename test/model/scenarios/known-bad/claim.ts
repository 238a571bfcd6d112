/** Two threads claim one task. */
import { strictEqual } from 'node:assert/strict';
import { scenario, type Scenario } from '../../scenario.ts';

const QUEUED = 0;
const CLAIMED = 1;

function claimScenario(claim: (words: Int32Array) => boolean): Scenario<undefined, Int32Array> {
  const worker: Scenario<undefined, Int32Array>['threads'][0] = ({ local: words, log }) => {
    if (claim(words)) log('runs the task');
  };
  return scenario<undefined, Int32Array>({
    memory: 4,
    words: { state: 0 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [worker, worker],
    check: ({ log }) => strictEqual(log.length, 1),
  });
}

/** Looks, then takes: both may have looked before either takes. */
export const broken: Scenario<undefined, Int32Array> = claimScenario((words) => {
  if (Atomics.load(words, 0) !== QUEUED) return false;
  Atomics.store(words, 0, CLAIMED);
  return true;
});

export const repaired: Scenario<undefined, Int32Array> = claimScenario(
  (words) => Atomics.compareExchange(words, 0, QUEUED, CLAIMED) === QUEUED,
);

/** A manual-reset event with a flag and a bell. */
import { scenario, type Scenario } from '../../scenario.ts';

const FLAG = 0;
const BELL = 1;

function eventScenario(wait: (words: Int32Array) => void): Scenario<undefined, Int32Array> {
  return scenario<undefined, Int32Array>({
    memory: 8,
    words: { flag: 0, bell: 4 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [
      ({ local: words }) => wait(words),
      ({ local: words }) => wait(words),
      ({ local: words }) => {
        Atomics.store(words, FLAG, 1);
        Atomics.add(words, BELL, 1);
        Atomics.notify(words, BELL);
      },
    ],
  });
}

/** Reads the bell after it has checked the flag: a ring between the two is slept through. */
export const broken: Scenario<undefined, Int32Array> = eventScenario((words) => {
  while (Atomics.load(words, FLAG) === 0) Atomics.wait(words, BELL, Atomics.load(words, BELL));
});

/** Takes the bell's count first, checks the flag again, and sleeps only on that count. */
export const repaired: Scenario<undefined, Int32Array> = eventScenario((words) => {
  for (;;) {
    const ticket = Atomics.load(words, BELL);
    if (Atomics.load(words, FLAG) === 1) return;
    Atomics.wait(words, BELL, ticket);
  }
});

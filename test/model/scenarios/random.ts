/**
 * Random programs, the same each time, to check the explorer itself by: what they can leave is known from elsewhere,
 * and must not depend on how the search cuts corners. Each thread makes a few operations on a few words, and notes at
 * its end what they returned.
 */
import { type LogValue, scenario, type Scenario } from '../scenario.ts';

export const WORDS = 3;
const THREADS = 2;
const STEPS = 4;

export const OPERATIONS = ['load', 'load', 'add', 'exchange', 'compareExchange', 'wait', 'notify'] as const;

export interface Step {
  readonly operation: (typeof OPERATIONS)[number];
  readonly word: number;
}

/** The steps of each thread of a program. */
export function randomSteps(seed: number): Step[][] {
  const random = generator(seed);
  const step = (): Step => ({ operation: OPERATIONS[random(OPERATIONS.length)] ?? 'load', word: random(WORDS) });
  return Array.from({ length: THREADS }, () => Array.from({ length: STEPS }, step));
}

/** https://en.wikipedia.org/wiki/Linear_congruential_generator, with the constants of Numerical Recipes. */
function generator(seed: number): (below: number) => number {
  let state = Math.imul(seed, 7919);
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function perform(words: Int32Array, { operation, word }: Step): LogValue {
  switch (operation) {
    case 'load':
      return Atomics.load(words, word);
    case 'add':
      return Atomics.add(words, word, 1);
    case 'exchange':
      return Atomics.exchange(words, word, 3);
    case 'compareExchange':
      return Atomics.compareExchange(words, word, 0, 2);
    case 'wait':
      return Atomics.wait(words, word, 0, 10);
    case 'notify':
      return Atomics.notify(words, word, 1);
  }
}

function randomProgram(seed: number, mortal: readonly number[] = []): Scenario<undefined, Int32Array> {
  return scenario<undefined, Int32Array>({
    memory: WORDS * 4,
    attach: ({ buffer }) => new Int32Array(buffer),
    mortal,
    budget: { deaths: mortal.length },
    threads: randomSteps(seed).map(
      (steps) =>
        ({ local, log }) =>
          log(steps.map((step) => perform(local, step))),
    ),
  });
}

export const seed1: Scenario<undefined, Int32Array> = randomProgram(1);
export const seed2: Scenario<undefined, Int32Array> = randomProgram(2);
export const seed3: Scenario<undefined, Int32Array> = randomProgram(3);
export const seed4: Scenario<undefined, Int32Array> = randomProgram(4);
export const seed5: Scenario<undefined, Int32Array> = randomProgram(5);
export const seed6: Scenario<undefined, Int32Array> = randomProgram(6);
export const mortal7: Scenario<undefined, Int32Array> = randomProgram(7, [0]);
export const mortal8: Scenario<undefined, Int32Array> = randomProgram(8, [1]);
export const mortal9: Scenario<undefined, Int32Array> = randomProgram(9, [0]);

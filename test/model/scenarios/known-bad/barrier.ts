/** A barrier for two on one word, whose parties may leave again before they have met. */
import { ok, strictEqual } from 'node:assert/strict';
import { scenario, type Scenario } from '../../scenario.ts';

type BarrierScenario = Scenario<undefined, Int32Array>;

const GENERATION = 16;
const generationOf = (state: number): number => state >> 4;
const arrivedOf = (state: number): number => state & 15;

/** Returns whether it was the second, and both have met. */
function arrive(words: Int32Array): boolean {
  for (;;) {
    const state = Atomics.load(words, 0);
    const next = arrivedOf(state) === 1 ? (generationOf(state) + 1) * GENERATION : state + 1;
    if (Atomics.compareExchange(words, 0, state, next) === state) return arrivedOf(next) === 0;
  }
}

/** Takes the arrival back unless both have met. Returns whether it did. */
type Leave = (words: Int32Array) => boolean;

const lookThenLeave: Leave = (words) => {
  if (generationOf(Atomics.load(words, 0)) !== 0) return false;
  Atomics.sub(words, 0, 1);
  return true;
};

const leaveUnlessMet: Leave = (words) => {
  for (;;) {
    const state = Atomics.load(words, 0);
    if (generationOf(state) !== 0) return false;
    if (Atomics.compareExchange(words, 0, state, state - 1) === state) return true;
  }
};

function barrierScenario(leave: Leave): BarrierScenario {
  return scenario<undefined, Int32Array>({
    memory: 4,
    words: { state: 0 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [0, 1].map(
      () =>
        ({ local: words, log }) =>
          log(arrive(words) || !leave(words)),
    ),
    check: ({ buffer, log }) => {
      const [first, second] = log.map(({ entry }) => entry);
      strictEqual(first, second);
      ok(arrivedOf(new Int32Array(buffer)[0] as number) === 0);
    },
  });
}

/** The other one may come between the look and the step back: it has met nobody then. */
export const broken: BarrierScenario = barrierScenario(lookThenLeave);

/** Looks and steps back at once. */
export const repaired: BarrierScenario = barrierScenario(leaveUnlessMet);

/**
 * Dmitry Vyukov's bounded queue, with payloads as atomics
 * (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue).
 */
import { deepStrictEqual } from 'node:assert/strict';
import { scenario, type Scenario } from '../../scenario.ts';

const CAPACITY = 2;
const TAIL = 0;
const HEAD = 1;
const CELLS = 2;
const sequenceOf = (position: number): number => CELLS + (position % CAPACITY) * 2;
const payloadOf = (position: number): number => sequenceOf(position) + 1;

type Fill = (words: Int32Array, position: number, value: number) => void;

function enqueue(words: Int32Array, value: number, fill: Fill): void {
  for (;;) {
    const position = Atomics.load(words, TAIL);
    const lag = Atomics.load(words, sequenceOf(position)) - position;
    if (lag === 0 && Atomics.compareExchange(words, TAIL, position, position + 1) === position) {
      fill(words, position, value);
      return;
    }
    if (lag < 0) spin();
  }
}

function dequeue(words: Int32Array): number {
  for (;;) {
    const position = Atomics.load(words, HEAD);
    const lag = Atomics.load(words, sequenceOf(position)) - (position + 1);
    if (lag === 0 && Atomics.compareExchange(words, HEAD, position, position + 1) === position) {
      const value = Atomics.load(words, payloadOf(position));
      Atomics.store(words, sequenceOf(position), position + CAPACITY);
      return value;
    }
    if (lag < 0) spin();
  }
}

/** The explorer provides it on every runtime. */
function spin(): void {
  (Atomics as { pause?: () => void }).pause?.();
}

function queueScenario(fill: Fill): Scenario<undefined, Int32Array> {
  return scenario<undefined, Int32Array>({
    memory: (CELLS + CAPACITY * 2) * 4,
    words: { tail: 0, head: 4, sequence0: 8, payload0: 12, sequence1: 16, payload1: 20 },
    setup: (buffer) => {
      const words = new Int32Array(buffer);
      for (let position = 0; position < CAPACITY; position++) words[sequenceOf(position)] = position;
      return undefined;
    },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [
      ({ local: words }) => enqueue(words, 1, fill),
      ({ local: words }) => enqueue(words, 2, fill),
      ({ local: words, log }) => {
        log(dequeue(words));
        log(dequeue(words));
      },
    ],
    check: ({ log }) => deepStrictEqual(log.map(({ entry }) => entry as number).sort(), [1, 2]),
  });
}

/** Publishes the cell before its payload is there. */
export const broken: Scenario<undefined, Int32Array> = queueScenario((words, position, value) => {
  Atomics.store(words, sequenceOf(position), position + 1);
  Atomics.store(words, payloadOf(position), value);
});

export const repaired: Scenario<undefined, Int32Array> = queueScenario((words, position, value) => {
  Atomics.store(words, payloadOf(position), value);
  Atomics.store(words, sequenceOf(position), position + 1);
});

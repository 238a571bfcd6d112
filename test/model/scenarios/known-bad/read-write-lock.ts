/** A reader and a writer, each of whom tries once: they must not both get in. */
import { strictEqual } from 'node:assert/strict';
import { scenario, type Scenario, type ThreadContext } from '../../scenario.ts';

type LockScenario = Scenario<undefined, Int32Array>;
type Context = ThreadContext<undefined, Int32Array>;

const WRITER = 0;
const READERS = 1;

function lockScenario(tryRead: (words: Int32Array) => boolean): LockScenario {
  return scenario<undefined, Int32Array>({
    memory: 8,
    words: { writer: 0, readers: 4 },
    attach: ({ buffer }) => new Int32Array(buffer),
    threads: [
      ({ local: words, scratch, step }: Context) => {
        if (!tryRead(words)) return;
        strictEqual(scratch[WRITER], 0);
        scratch[READERS] = 1;
        step('reads');
        scratch[READERS] = 0;
        Atomics.and(words, READERS, 0);
      },
      ({ local: words, scratch, step }: Context) => {
        if (Atomics.compareExchange(words, WRITER, 0, 1) !== 0) return;
        if (Atomics.load(words, READERS) === 0) {
          strictEqual(scratch[READERS], 0);
          scratch[WRITER] = 1;
          step('writes');
          scratch[WRITER] = 0;
        }
        Atomics.store(words, WRITER, 0);
      },
    ],
  });
}

/** Looks whether somebody writes, and then says that it reads: a writer may have come in between and seen nobody. */
export const broken: LockScenario = lockScenario((words) => {
  if (Atomics.load(words, WRITER) !== 0) return false;
  Atomics.or(words, READERS, 1);
  return true;
});

/** Says that it reads, and then looks: of two that come at the same moment, one at least sees the other. */
export const repaired: LockScenario = lockScenario((words) => {
  Atomics.or(words, READERS, 1);
  if (Atomics.load(words, WRITER) === 0) return true;
  Atomics.and(words, READERS, 0);
  return false;
});

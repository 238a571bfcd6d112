/** A mutex whose word names its owner, a thread that may die at any step, and one that is told of deaths. */
import { strictEqual } from 'node:assert/strict';
import { scenario, type Scenario, type ThreadContext } from '../../scenario.ts';

const LOCK = 0;
const FREE = 0;
const ORPHANED = -1;

function lock(words: Int32Array, me: number): void {
  for (;;) {
    const owner = Atomics.load(words, LOCK);
    if (owner !== FREE && owner !== ORPHANED) Atomics.wait(words, LOCK, owner);
    else if (Atomics.compareExchange(words, LOCK, owner, me) === owner) return;
  }
}

function unlock(words: Int32Array): void {
  Atomics.store(words, LOCK, FREE);
  Atomics.notify(words, LOCK, 1);
}

function mutexScenario(recover: (words: Int32Array, dead: number) => void): Scenario<undefined, Int32Array> {
  const user = ({ local: words, thread, scratch, step }: ThreadContext<undefined, Int32Array>): void => {
    lock(words, thread + 1);
    try {
      scratch[0] = thread + 1;
      step('in the critical section');
      strictEqual(scratch[0], thread + 1);
    } finally {
      unlock(words);
    }
  };
  return scenario<undefined, Int32Array>({
    memory: 4,
    words: { lock: 0 },
    attach: ({ buffer }) => new Int32Array(buffer),
    mortal: [0],
    budget: { deaths: 1 },
    threads: [
      user,
      user,
      async ({ local: words, nextDeath }) => {
        const dead = await nextDeath();
        if (dead !== undefined) recover(words, dead + 1);
      },
    ],
    check: ({ buffer }) => strictEqual([FREE, ORPHANED].includes(new Int32Array(buffer)[LOCK] as number), true),
  });
}

/** Nobody minds that the owner is dead. */
export const broken: Scenario<undefined, Int32Array> = mutexScenario(() => {});

/** Frees what the dead thread held; but it may also have died between freeing the lock and waking the next. */
export const halfRepaired: Scenario<undefined, Int32Array> = mutexScenario((words, dead) => {
  if (Atomics.compareExchange(words, LOCK, dead, ORPHANED) === dead) Atomics.notify(words, LOCK, 1);
});

/** Also makes good the wake-up that the dead thread owed, or had been given. */
export const repaired: Scenario<undefined, Int32Array> = mutexScenario((words, dead) => {
  Atomics.compareExchange(words, LOCK, dead, ORPHANED);
  Atomics.notify(words, LOCK, 1);
});

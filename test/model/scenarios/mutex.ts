/** A mutex whose waiters block, wait in the event loop, are cancelled, or die with it or for it. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { bury, locks, lockState } from '../_locks.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import type { MutexGuard } from '../../../src/signal/mutex-guard.ts';
import type { Mutex } from '../../../src/signal/mutex.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

type MutexScenario = Scenario<Handle[], readonly [Mutex]>;
type Context = ThreadContext<Handle[], readonly [Mutex]>;

const INSIDE = 0;
const WAS_ABANDONED = 1;

/** Nobody else is inside meanwhile. What a dead thread left there is for the next to clear, who is told. */
function useAlone({ scratch, step }: Context, guard: MutexGuard): void {
  if (guard.wasAbandoned) {
    scratch[INSIDE] = 0;
    scratch[WAS_ABANDONED] = 1;
  }
  strictEqual(scratch[INSIDE], 0);
  scratch[INSIDE] = 1;
  step('has the mutex');
  strictEqual(scratch[INSIDE], 1);
  scratch[INSIDE] = 0;
  guard.release();
}

const use = async (context: Context): Promise<void> => useAlone(context, await context.local[0].lock());
const useBlocking = (context: Context): void => useAlone(context, context.local[0].lockSync());

const useUnlessCancelled = async (context: Context): Promise<void> => {
  const { local, log, signal } = context;
  const guard = await local[0].lock({ signal }).catch(() => undefined);
  log(guard === undefined ? 'cancelled' : 'locked');
  if (guard !== undefined) useAlone(context, guard);
};

const isFree: NonNullable<MutexScenario['check']> = (context) =>
  deepStrictEqual(lockState(context), { owner: -1, abandoned: false });

export const blocking: MutexScenario = scenario({
  ...locks('mutex'),
  threads: [useBlocking, useBlocking],
  check: isFree,
});

export const mixed: MutexScenario = scenario({ ...locks('mutex'), threads: [useBlocking, use, use], check: isFree });

/** Two flows of one thread, and another thread. */
export const flows: MutexScenario = scenario({
  ...locks('mutex'),
  threads: [(context) => Promise.all([use(context), use(context)]), useBlocking],
  check: isFree,
});

export const cancelled: MutexScenario = scenario({
  ...locks('mutex'),
  budget: { cancels: 1 },
  threads: [useUnlessCancelled, useBlocking],
  check: isFree,
});

/** The one that is cancelled may be the one that was rung: the other is rung then. */
export const cancelledOfTwo: MutexScenario = scenario({
  ...locks('mutex'),
  budget: { cancels: 1 },
  threads: [useUnlessCancelled, use, useBlocking],
  check: isFree,
});

export const timedOut: MutexScenario = scenario({
  ...locks('mutex'),
  threads: [
    async (context) => {
      const guard = await context.local[0].lock({ timeout: 10 }).catch(() => undefined);
      if (guard !== undefined) useAlone(context, guard);
    },
    (context) => {
      try {
        useAlone(context, context.local[0].lockSync({ timeout: 10 }));
      } catch (error) {
        strictEqual((error as Error).name, 'TimeoutError');
      }
    },
  ],
  check: isFree,
});

/** Nobody is told of a death that took no lock along; and who is inside is alone, whoever died where. */
const deathIsToldRightly: NonNullable<MutexScenario['check']> = (context) => {
  const { died, scratch } = context;
  const { owner, abandoned } = lockState(context);
  strictEqual(owner, -1);
  if (died.includes(true)) return;
  strictEqual(abandoned, false);
  strictEqual(scratch[WAS_ABANDONED], 0);
};

/** The owner may die at every step: the other one gets the mutex. */
export const ownerDies: MutexScenario = scenario({
  ...locks('mutex'),
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [useBlocking, useBlocking, async (context) => void (await bury(context))],
  check: (context) => {
    const { scratch } = context;
    deathIsToldRightly(context);
    // Whoever died inside was found so, or nobody came after.
    ok(scratch[INSIDE] === 0 || lockState(context).abandoned);
  },
});

/** The same with waiters in event loops. */
export const ownerDiesInLoop: MutexScenario = { ...ownerDies, threads: [use, use, ownerDies.threads[2] as never] };

/** Two lock, either may die, with the mutex, with a ring for it, or before it passed one on. */
export const eitherDies: MutexScenario = scenario({
  ...locks('mutex'),
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0, 1],
  threads: [
    use,
    use,
    async (context) => {
      await bury(context);
      await use(context);
    },
  ],
  check: deathIsToldRightly,
});

/** Given back by a wait for two things that failed, an abandoned mutex still says so. */
export const givenBack: MutexScenario = scenario({
  ...locks('mutex'),
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    useBlocking,
    async (context) => {
      const { local, log } = context;
      if ((await bury(context)) === undefined) return;
      const guard = await local[0].lock();
      const { wasAbandoned } = guard;
      local[0].giveBack();
      strictEqual(guard.isHeld, false);
      const next = await local[0].lock();
      log(wasAbandoned);
      strictEqual(next.wasAbandoned, wasAbandoned);
      next.release();
    },
  ],
  check: isFree,
});

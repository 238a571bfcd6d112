/** Semaphores with weights, and waiters that are cancelled, time out or die at any step: permits are conserved. */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { about, statesOf } from '../_arena.ts';
import { Arena } from '../../../src/memory/arena.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import { forgetThread } from '../../../src/signal/forget-thread.ts';
import type { Permit } from '../../../src/signal/permit.ts';
import { Semaphore } from '../../../src/signal/semaphore.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

type SemaphoreScenario = Scenario<Handle[], readonly [Semaphore]>;
type Context = ThreadContext<Handle[], readonly [Semaphore]>;

const none = about(['semaphore', 0]);
const two = about(['semaphore', 2]);

const free =
  (permits: number): NonNullable<SemaphoreScenario['check']> =>
  (context) =>
    deepStrictEqual(statesOf(context), [permits]);

const use =
  (count: number) =>
  async ({ local: [semaphore] }: Context): Promise<void> =>
    (await semaphore.acquire(count)).release();

const useTwice = async (context: Context): Promise<void> => {
  await use(1)(context);
  await use(1)(context);
};

/** Uses `count` permits unless the signal fires first. */
const useUnlessCancelled =
  (count: number) =>
  async ({ local: [semaphore], log, signal }: Context): Promise<void> => {
    const permit = await semaphore.acquire(count, { signal }).catch(() => undefined);
    log(permit === undefined ? 'cancelled' : 'acquired');
    permit?.release();
  };

const giveOneByOne =
  (count: number) =>
  ({ local: [semaphore] }: Context): void => {
    for (let i = 0; i < count; i++) semaphore.release();
  };

/** Says who died and rings for it. */
const bury = async ({ buffer, nextDeath }: Context): Promise<boolean> => {
  const dead = await nextDeath();
  if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
  return dead !== undefined;
};

/** A wait for two and one for one; the permits come one by one. */
export const weights: SemaphoreScenario = scenario({
  ...none,
  threads: [use(2), use(1), giveOneByOne(2)],
  check: free(2),
});

/** Waits for three, two and one, with a thread that gives. */
export const moreWeights: SemaphoreScenario = scenario({
  ...none,
  threads: [use(3), use(2), use(1), giveOneByOne(3)],
  check: free(3),
});

/** The same three, two of them flows of one thread. */
export const moreWeightsInFlows: SemaphoreScenario = scenario({
  ...none,
  threads: [
    use(3),
    async (context) => {
      await Promise.all([use(2)(context), use(1)(context)]);
    },
    giveOneByOne(3),
  ],
  check: free(3),
});

/** One that wants all goes on beside one that takes one at a time. */
export const allOrOne: SemaphoreScenario = scenario({ ...two, threads: [use(2), useTwice], check: free(2) });
export const allOrOneOfThree: SemaphoreScenario = scenario({
  ...two,
  threads: [use(2), useTwice, use(1)],
  check: free(2),
});

/** There is never enough for the one that wants two: the other one is not kept waiting by it. */
export const neverEnough: SemaphoreScenario = scenario({
  ...none,
  budget: { cancels: 1 },
  cancelsWhenStuck: true,
  threads: [useUnlessCancelled(2), use(1), giveOneByOne(1)],
  check: free(1),
});

/** Cancelled while the one behind it, in the same thread, could go on. */
export const cancelledBefore: SemaphoreScenario = scenario({
  ...none,
  budget: { cancels: 1 },
  cancelsWhenStuck: true,
  threads: [
    async (context) => {
      await Promise.all([useUnlessCancelled(2)(context), use(1)(context)]);
    },
    giveOneByOne(1),
  ],
  check: free(1),
});

/** Cancelled at any step of its own and of the one that gives. */
export const cancelled: SemaphoreScenario = scenario({
  ...none,
  budget: { cancels: 1 },
  threads: [useUnlessCancelled(1), giveOneByOne(1)],
  check: free(1),
});

/** And another one waits as well: it gets what the cancelled one did not take. */
export const cancelledOfTwo: SemaphoreScenario = scenario({
  ...none,
  budget: { cancels: 1 },
  threads: [useUnlessCancelled(1), use(1), giveOneByOne(1)],
  check: free(1),
});

const timesOut = (acquire: (semaphore: Semaphore) => Permit | Promise<Permit>): SemaphoreScenario =>
  scenario({
    ...none,
    threads: [
      async ({ local: [semaphore], log }) => {
        let permit: Permit | undefined;
        try {
          permit = await acquire(semaphore);
        } catch {
          // It did not come in time.
        }
        log(permit === undefined ? 'timed out' : 'acquired');
        permit?.release();
      },
      use(1),
      giveOneByOne(1),
    ],
    check: free(1),
  });

export const timedOut: SemaphoreScenario = timesOut((semaphore) => semaphore.acquire({ timeout: 10 }));
export const timedOutBlocked: SemaphoreScenario = timesOut((semaphore) => semaphore.acquireSync({ timeout: 10 }));

/** The one that wants all may die at any step; the one that wants one gets it, unless the dead one had taken all. */
export const waiterDies: SemaphoreScenario = scenario({
  ...two,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    use(2),
    async ({ local: [semaphore], log }) => {
      const permit = await semaphore.acquire({ timeout: 1_000 }).catch(() => undefined);
      log(permit === undefined ? 'timed out' : 'acquired');
      permit?.release();
    },
    async (context) => void (await bury(context)),
  ],
  check: ({ buffer, shared, log, died }) => {
    const [permits] = statesOf({ buffer, shared });
    if (log[0]?.entry === 'timed out') deepStrictEqual(permits, 0);
    if (died[0] === false) deepStrictEqual(permits, 2);
    else ok(permits === 0 || permits === 2);
  },
});

/** The one that gives may die while it does: the permit is there and someone has it, or it is not. */
export const giverDies: SemaphoreScenario = scenario({
  ...none,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    giveOneByOne(1),
    async ({ local: [semaphore], scratch }) => {
      await semaphore.acquire();
      scratch[0] = 1;
    },
    async (context) => {
      const { local, scratch } = context;
      const [semaphore] = local;
      if ((await bury(context)) && semaphore.available === 0 && scratch[0] === 0) semaphore.release();
    },
  ],
});

/** Disposed while a thread waits: the wait is rejected, not forgotten. */
export const disposed: SemaphoreScenario = scenario({
  ...none,
  threads: [
    async ({ local: [semaphore], log }) => {
      log(
        await semaphore.acquire().then(
          () => 'acquired',
          () => 'rejected',
        ),
      );
    },
    ({ local: [semaphore] }) => semaphore[Symbol.dispose](),
  ],
  check: ({ log }) => deepStrictEqual(log[0]?.entry, 'rejected'),
});

/** Grown from none while two wait. */
export const grown: SemaphoreScenario = scenario({
  ...none,
  threads: [use(1), use(1), ({ local: [semaphore] }) => semaphore.resize(2)],
  check: free(2),
});

/** Made smaller and larger at once, while a permit is in use: in the end as many are free as there are. */
export const resizedTwice: SemaphoreScenario = scenario({
  ...about(['semaphore', 2, 2]),
  threads: [use(1), ({ local: [semaphore] }) => semaphore.resize(1), ({ local: [semaphore] }) => semaphore.resize(3)],
  check: ({ buffer, shared }) => {
    const { permits, available } = Semaphore.from({ ...(shared[0] as Handle), buffer });
    deepStrictEqual(available, permits);
    ok(permits === 1 || permits === 3);
  },
});

/** The one that resizes may die at any step: there are never more free than there are. */
const resizerDies = (from: number, to: number): SemaphoreScenario =>
  scenario({
    ...about(['semaphore', from, from]),
    budget: { deaths: 1, timeouts: 0 },
    mortal: [0],
    threads: [
      ({ local: [semaphore] }) => semaphore.resize(to),
      async ({ local: [semaphore], log }) => {
        const permit = await semaphore.acquire({ timeout: 1_000 }).catch(() => undefined);
        log(permit === undefined ? 'timed out' : 'acquired');
        permit?.release();
      },
      async (context) => void (await bury(context)),
    ],
    check: ({ buffer, shared, log, died }) => {
      const { permits, available } = Semaphore.from({ ...(shared[0] as Handle), buffer });
      ok(available <= permits);
      if (died[0] === false) deepStrictEqual([permits, available], [to, to]);
      if (log[0]?.entry === 'timed out') ok(available <= 0);
    },
  });

export const growerDies: SemaphoreScenario = resizerDies(0, 1);
export const shrinkerDies: SemaphoreScenario = resizerDies(2, 1);

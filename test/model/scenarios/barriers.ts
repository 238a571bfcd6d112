/** Barriers: rounds, and parties that are cancelled, time out, die, or take something else that comes first. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { about, statesOf } from '../_arena.ts';
import { bury, outcomeOf } from '../_outcome.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import type { Barrier } from '../../../src/signal/barrier.ts';
import type { Semaphore } from '../../../src/signal/semaphore.ts';
import { waitAny } from '../../../src/signal/wait-any.ts';
import { type CheckContext, scenario, type Scenario, type ThreadContext } from '../scenario.ts';

type About<L extends readonly unknown[]> = Scenario<Handle[], L>;
type Alone = About<readonly [Barrier]>;
type Context = ThreadContext<Handle[], readonly [Barrier]>;

const GENERATION = 1 << 12;
const BROKEN = 1 << 31;

const two = about(['barrier', 0, 2]);
const three = about(['barrier', 0, 3]);

/** The entries of the log, in the order of the threads. */
const entries = ({ log }: Pick<CheckContext, 'log'>): unknown[] =>
  [...log].sort((a, b) => a.thread - b.thread).map(({ entry }) => entry);

const roundsOf =
  (rounds: number) =>
  async ({ local: [barrier], log, scratch, thread }: Context): Promise<void> => {
    for (let round = 1; round <= rounds; round++) {
      scratch[thread] = round;
      const { isLeader } = await barrier.wait();
      // The other one has come to this round, and not past the next.
      const other = scratch[1 - thread] as number;
      ok(other === round || other === round + 1);
      log(isLeader);
    }
  };

/** Two meet twice; each time one of them leads. */
export const rounds: Alone = scenario({
  ...two,
  threads: [roundsOf(2), roundsOf(2)],
  check: (context) => {
    strictEqual(entries(context).filter((isLeader) => isLeader === true).length, 2);
    deepStrictEqual(statesOf(context), [2 * GENERATION]);
  },
});

/** Three meet: two flows of one thread, and a thread that blocks. */
export const flows: Alone = scenario({
  ...three,
  threads: [
    async ({ local: [barrier] }) => {
      await Promise.all([barrier.wait(), barrier.wait()]);
    },
    ({ local: [barrier] }) => void barrier.waitSync(),
  ],
  check: (context) => deepStrictEqual(statesOf(context), [GENERATION]),
});

const meet =
  (options: { timeout?: number } = {}) =>
  async ({ local: [barrier], log }: Context): Promise<void> =>
    log(await outcomeOf(barrier.wait(options)));

const meetBlocked = ({ local: [barrier], log }: Context): void => {
  try {
    barrier.waitSync({ timeout: 10 });
    log('over');
  } catch (error) {
    log((error as Error).name);
  }
};

const meetUnlessCancelled = async ({ local: [barrier], log, signal }: Context): Promise<void> =>
  log(await outcomeOf(barrier.wait({ signal })));

/** All have met, or none has, and then nobody's arrival is left. */
const allOrNone = (context: CheckContext<Handle[]>): void => {
  const met = entries(context).every((entry) => entry === 'over');
  ok(met || entries(context).every((entry) => entry !== 'over'));
  deepStrictEqual(statesOf(context), [met ? GENERATION : 0]);
};

/** One of two may be cancelled: then the other one has not met anybody. */
export const cancelled: Alone = scenario({
  ...two,
  budget: { cancels: 1, timeouts: 0 },
  threads: [meetUnlessCancelled, meet({ timeout: 1_000 })],
  check: allOrNone,
});

/** Either may time out, in its event loop or blocked. */
export const timedOut: Alone = scenario({
  ...two,
  budget: { timeouts: 1 },
  threads: [meet({ timeout: 10 }), meetBlocked],
  check: allOrNone,
});

/** One of two may die at any step: the other one has met it, or is told that it never will, or it never came. */
export const partyDies: Alone = scenario({
  ...two,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [meet(), meet({ timeout: 1_000 }), (context) => bury(context)],
  check: ({ buffer, shared, log, died }) => {
    const [state] = statesOf({ buffer, shared }) as [number];
    strictEqual(state & (GENERATION - 1), 0);
    const outcome = log.find(({ thread }) => thread === 1)?.entry;
    if (died[0] === false) strictEqual(outcome, 'over');
    strictEqual(outcome, state >= GENERATION ? 'over' : state < 0 ? 'BrokenBarrierError' : 'TimeoutError');
  },
});

/** The third never comes: the dead one's arrival is not left behind, and who waits with it is told. */
export const partyOfThreeDies: Alone = scenario({
  ...three,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [meet({ timeout: 1_000 }), meet({ timeout: 1_000 }), (context) => bury(context)],
  check: ({ buffer, shared, log }) => {
    const [state] = statesOf({ buffer, shared }) as [number];
    ok(state === 0 || state === BROKEN);
    const outcome = log.find(({ thread }) => thread === 1)?.entry;
    // Who had left before the barrier was broken did not hear of it.
    ok(outcome === 'TimeoutError' || (outcome === 'BrokenBarrierError' && state === BROKEN));
  },
});

/** Two survive: both have met it, or both are told. */
export const oneOfThreeDies: Alone = scenario({
  ...three,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    meet(),
    meet({ timeout: 1_000 }),
    async (context) => {
      await Promise.all([meet({ timeout: 1_000 })(context), bury(context)]);
    },
  ],
  check: ({ log, died }) => {
    const [first, second] = [1, 2].map((survivor) => log.find(({ thread }) => thread === survivor)?.entry);
    strictEqual(first, second);
    if (died[0] === false) strictEqual(first, 'over');
  },
});

/** Of a barrier and a permit the first: whoever has one of them does not have the other one. */
export const orPermit: About<readonly [Barrier, Semaphore]> = scenario({
  ...about(['barrier', 0, 2], ['semaphore', 0, 0]),
  budget: { timeouts: 0 },
  threads: [
    async ({ local: [barrier, semaphore], log }) => log(await waitAny([semaphore, barrier])),
    async ({ local: [barrier], log }) => log(await outcomeOf(barrier.wait({ timeout: 1_000 }))),
    ({ local: [, semaphore] }) => semaphore.release(),
  ],
  check: (context) => {
    const [index, outcome] = entries(context);
    deepStrictEqual([outcome, ...statesOf(context)], index === 1 ? ['over', GENERATION, 1] : ['TimeoutError', 0, 0]);
  },
});

/** And it may be cancelled: then neither. */
export const orPermitCancelled: About<readonly [Barrier, Semaphore]> = scenario({
  ...about(['barrier', 0, 2], ['semaphore', 0, 0]),
  budget: { cancels: 1, timeouts: 0 },
  threads: [
    async ({ local: [barrier, semaphore], log, signal }) =>
      log(await waitAny([barrier, semaphore], { signal }).catch(() => 'cancelled')),
    async ({ local: [barrier, semaphore], log }) => {
      semaphore.release();
      log(await outcomeOf(barrier.wait({ timeout: 1_000 })));
    },
  ],
  check: (context) => {
    const [first, outcome] = entries(context);
    const [state, permits] = statesOf(context);
    strictEqual(permits, first === 1 ? 0 : 1);
    deepStrictEqual([outcome, state], first === 0 ? ['over', GENERATION] : ['TimeoutError', 0]);
  },
});

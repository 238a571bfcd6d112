/** Once: several that want to do it, one that fails, one that is cancelled, one that dies at it. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { about, statesOf } from '../_arena.ts';
import { bury, outcomeOf } from '../_outcome.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import type { Once } from '../../../src/signal/once.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

type OnceScenario = Scenario<Handle[], readonly [Once]>;
type Context = ThreadContext<Handle[], readonly [Once]>;

const BEGUN = 0;
const ENDED = 1;
const DONE = -1;

/** Alone, from its beginning to its end. */
const work =
  ({ scratch, step }: Context): (() => void) =>
  () => {
    strictEqual(scratch[BEGUN], scratch[ENDED]);
    scratch[BEGUN] = (scratch[BEGUN] as number) + 1;
    step('does it');
    scratch[ENDED] = (scratch[ENDED] as number) + 1;
  };

const run = async (context: Context): Promise<void> => {
  const mine = await context.local[0].run(work(context));
  strictEqual(context.local[0].isDone, true);
  context.log(mine);
};

const runBlocked = (context: Context): void => {
  context.log(context.local[0].runSync(work(context)));
};

/** Each gets to do it unless it has been done, and nobody sees it done before it is. */
export const oneOfTwo: OnceScenario = scenario({
  ...about(['once', 0]),
  threads: [run, runBlocked],
  check: ({ buffer, shared, log, scratch }) => {
    deepStrictEqual(log.map(({ entry }) => entry).sort(), [false, true]);
    deepStrictEqual([scratch[BEGUN], scratch[ENDED]], [1, 1]);
    deepStrictEqual(statesOf({ buffer, shared }), [DONE]);
  },
});

const fail = (): never => {
  throw new Error('failed');
};

const runInVain = async ({ local: [once], log }: Context): Promise<void> =>
  log(await once.run(fail).catch((error: Error) => error.message));

/** One fails; the other one does it then, behind a wait of its own thread for it to be done. */
export const failed: OnceScenario = scenario({
  ...about(['once', 0]),
  threads: [
    async (context) => {
      await Promise.all([context.local[0].wait(), run(context)]);
    },
    runInVain,
  ],
  check: ({ log, scratch }) => {
    strictEqual(scratch[ENDED], 1);
    const said = log.find(({ thread }) => thread === 1)?.entry;
    ok(said === 'failed' || said === false);
  },
});

/** One fails, and the other one may be cancelled while it waits: it is done, or nobody is at it. */
export const cancelled: OnceScenario = scenario({
  ...about(['once', 0]),
  budget: { cancels: 1 },
  threads: [
    async (context) => {
      const { local, log, signal } = context;
      log(await outcomeOf(local[0].run(work(context), { signal })));
    },
    runInVain,
  ],
  check: ({ buffer, shared, log }) => {
    const said = log.find(({ thread }) => thread === 0)?.entry;
    deepStrictEqual(statesOf({ buffer, shared }), [said === 'over' ? DONE : 0]);
  },
});

/** The one that does it may die at any step: the other one does it then, unless it had been done. */
export const runnerDies: OnceScenario = scenario({
  ...about(['once', 0]),
  budget: { deaths: 1 },
  mortal: [0],
  threads: [
    ({ local: [once], step, scratch }) =>
      once.run(() => {
        step('does it');
        scratch[2] = 1;
      }),
    async ({ local: [once], scratch }) => {
      const mine = await once.run(() => {});
      // Said to be done by the other one, it was.
      ok(mine || scratch[2] === 1);
    },
    (context) => bury(context),
  ],
  check: (context) => deepStrictEqual(statesOf(context), [DONE]),
});

/** A condition: whoever waits when it is notified goes on, whatever becomes of the others. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { bury, locks, lockState } from '../_locks.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import type { Condition } from '../../../src/signal/condition.ts';
import type { Mutex } from '../../../src/signal/mutex.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

type ConditionScenario = Scenario<Handle[], readonly [Mutex, Condition]>;
type Context = ThreadContext<Handle[], readonly [Mutex, Condition]>;

const ITEMS = 0;
const engine = locks('mutex', 'condition');

/** Takes an item, waiting for one; with the mutex, so the plain accesses are nobody else's. */
const takeOne = async ({ local: [mutex, changed], scratch }: Context): Promise<void> => {
  const guard = await mutex.lock();
  while (scratch[ITEMS] === 0) await changed.wait(guard);
  ok(guard.isHeld);
  (scratch[ITEMS] as number)--;
  guard.release();
};

const takeOneBlocking = ({ local: [mutex, changed], scratch }: Context): void => {
  const guard = mutex.lockSync();
  while (scratch[ITEMS] === 0) changed.waitSync(guard);
  ok(guard.isHeld);
  (scratch[ITEMS] as number)--;
  guard.release();
};

/** Puts items, each with the mutex and a notification. */
const put =
  (count: number) =>
  ({ local: [mutex, changed], scratch }: Context): void => {
    for (let i = 0; i < count; i++) {
      const guard = mutex.lockSync();
      (scratch[ITEMS] as number)++;
      guard.release();
      changed.notifyOne();
    }
  };

/** The same, for a thread that must see to deaths meanwhile. */
const putLater = async ({ local: [mutex, changed], scratch }: Context): Promise<void> => {
  const guard = await mutex.lock();
  (scratch[ITEMS] as number)++;
  guard.release();
  changed.notifyOne();
};

/** Waits until there is something, and has the next one look. */
const passOnWhenOpen = async ({ local: [mutex, changed], scratch }: Context): Promise<void> => {
  const guard = await mutex.lock();
  await changed.waitFor(guard, () => scratch[ITEMS] !== 0);
  guard.release();
  changed.notifyOne();
};

/** Everything that was counted for waiters and notifications is gone, and the mutex is free. */
const allIsOver: NonNullable<ConditionScenario['check']> = (context) => {
  deepStrictEqual(lockState(context), { owner: -1, abandoned: false });
  const words = new Int32Array(context.buffer);
  const first = ((context.shared[1] as Handle).offset >> 2) + 16;
  deepStrictEqual(
    [0, 1, 2].map((thread) => words[first + thread]),
    [0, 0, 0],
  );
};

export const blocking: ConditionScenario = scenario({
  ...engine,
  threads: [takeOneBlocking, put(1)],
  check: allIsOver,
});
export const inLoop: ConditionScenario = scenario({ ...engine, threads: [takeOne, put(1)], check: allIsOver });
export const twoOfTwo: ConditionScenario = scenario({
  ...engine,
  threads: [takeOne, takeOneBlocking, put(2)],
  check: allIsOver,
});
/** Two flows of one thread wait. */
export const flows: ConditionScenario = scenario({
  ...engine,
  threads: [(context) => Promise.all([takeOne(context), takeOne(context)]), put(2)],
  check: allIsOver,
});

export const everyone: ConditionScenario = scenario({
  ...engine,
  threads: [
    takeOne,
    takeOneBlocking,
    ({ local: [mutex, changed], scratch }) => {
      const guard = mutex.lockSync();
      scratch[ITEMS] = 2;
      changed.notifyAll();
      guard.release();
    },
  ],
  check: allIsOver,
});

const takeOneUnlessCancelled = async ({ local: [mutex, changed], scratch, signal, log }: Context): Promise<void> => {
  const guard = await mutex.lock();
  try {
    await changed.waitFor(guard, () => scratch[ITEMS] !== 0, { signal });
    (scratch[ITEMS] as number)--;
    log('taken');
  } catch {
    log('cancelled');
  }
  // Either way the guard holds again.
  ok(guard.isHeld);
  guard.release();
};

/** Cancelled at any step: of its own, of the notification. The mutex is locked again in every case. */
export const cancelled: ConditionScenario = scenario({
  ...engine,
  budget: { cancels: 1 },
  threads: [takeOneUnlessCancelled, put(1)],
  check: (context) => {
    allIsOver(context);
    strictEqual(context.scratch[ITEMS], context.log[0]?.entry === 'taken' ? 0 : 1);
  },
});

/** One notification goes from one that waits to the next, or past the one that is cancelled with it in its hand. */
export const cancelledOfTwo: ConditionScenario = scenario({
  ...engine,
  budget: { cancels: 1, timeouts: 0, together: true },
  threads: [
    async ({ local: [mutex, changed], scratch, signal, log }) => {
      const guard = await mutex.lock();
      const isOpen = changed
        .waitFor(guard, () => scratch[ITEMS] !== 0, { signal })
        .then(
          () => true,
          () => false,
        );
      log(await isOpen);
      if (await isOpen) changed.notifyOne();
      guard.release();
    },
    ({ local: [mutex, changed], scratch }) => {
      const guard = mutex.lockSync();
      while (scratch[ITEMS] === 0) changed.waitSync(guard);
      changed.notifyOne();
      guard.release();
    },
    put(1),
  ],
  check: allIsOver,
});

/** The two that wait are flows of one thread: what came for the one that is cancelled goes to the other. */
export const cancelledFlow: ConditionScenario = scenario({
  ...engine,
  budget: { cancels: 1 },
  threads: [(context) => Promise.all([takeOneUnlessCancelled(context), takeOne(context)]), put(2)],
  check: allIsOver,
});

export const timedOut: ConditionScenario = scenario({
  ...engine,
  threads: [
    ({ local: [mutex, changed] }) => {
      const guard = mutex.lockSync();
      try {
        changed.waitSync(guard, { timeout: 10 });
      } catch (error) {
        strictEqual((error as Error).name, 'TimeoutError');
      }
      ok(guard.isHeld);
      guard.release();
    },
    ({ local: [, changed] }) => changed.notifyOne(),
  ],
  check: allIsOver,
});

/** One notification goes from one that waits to the next; one of them dies, also with it in its hand. */
export const waiterDies: ConditionScenario = scenario({
  ...engine,
  budget: { deaths: 1, timeouts: 0, together: true },
  mortal: [0],
  threads: [
    passOnWhenOpen,
    passOnWhenOpen,
    async (context) => {
      await Promise.all([bury(context), putLater(context)]);
    },
  ],
  check: (context) => {
    if (context.died[0] !== true) allIsOver(context);
  },
});

/** The thread that changes things dies at any step: what it has changed is known although it did not notify. */
export const notifierDies: ConditionScenario = scenario({
  ...engine,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    put(1),
    passOnWhenOpen,
    async (context) => {
      const { local, scratch } = context;
      if ((await bury(context)) === undefined) return;
      const guard = await local[0].lock();
      const isChanged = scratch[ITEMS] !== 0;
      scratch[ITEMS] = 1;
      guard.release();
      if (!isChanged) local[1].notifyOne();
    },
  ],
});

/** The pool's protocol: tasks are published, claimed, assigned, cancelled, and threads park, search, retire and die. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import {
  DOUBLE,
  type Flaw,
  MEET,
  type ModelPool,
  type ModelWorker,
  poolOf,
  type PoolScenario,
  type PoolShared,
} from '../_pool.ts';
import { scenario, type ThreadContext } from '../scenario.ts';

type Context = ThreadContext<PoolShared, ModelPool | ModelWorker>;

/** A worker serves for as long as anything happens; that it goes on is not what the schedule waits for. */
const worker = async ({ local }: Context): Promise<void> => void (local as ModelWorker).serve();
/** A worker that can be waited for. */
const workerToTheEnd = ({ local }: Context): Promise<void> => (local as ModelWorker).serve();

const client =
  (body: (pool: ModelPool, context: Context) => Promise<void>) =>
  (context: Context): Promise<void> =>
    body(context.local as ModelPool, context);

const doubled = async (...results: ReadonlyArray<Promise<unknown>>): Promise<void> => {
  for (const [index, result] of results.entries()) strictEqual(await result, (index + 1) * 2);
};

/** A lone worker, which parks at any time: each task is heard of. */
export const oneByOne: PoolScenario = scenario({
  ...poolOf(1),
  threads: [
    client(async (pool) => {
      await doubled(pool.submit(DOUBLE, 1));
      await doubled(pool.submit(DOUBLE, 1), pool.submit(DOUBLE, 2));
    }),
    worker,
  ],
});

/** More tasks than slots: those that wait on the pool's side follow as slots come free. */
export const backlog: PoolScenario = scenario({
  ...poolOf(1),
  threads: [client((pool) => doubled(pool.submit(DOUBLE, 1), pool.submit(DOUBLE, 2), pool.submit(DOUBLE, 3))), worker],
});

/** One task for two workers: whoever is woken for it and finds it gone is parked again, and counts as parked. */
export const oneForTwo: PoolScenario = scenario({
  ...poolOf(2),
  threads: [client((pool) => doubled(pool.submit(DOUBLE, 1))), worker, worker],
});

/**
 * Two tasks that each need the other to run at the same time: no task waits while a thread is parked, whatever the
 * threads were about to do when the tasks came.
 */
export const atOnce: PoolScenario = scenario({
  ...poolOf(2),
  threads: [
    client(async (pool) => {
      await Promise.all([pool.submit(MEET, 2), pool.submit(MEET, 2)]);
    }),
    worker,
    worker,
  ],
});

/** One by message, which is given to a thread that is idle then, and one that is not. */
export const messageFirst = (flaw?: Flaw): PoolScenario =>
  scenario({
    ...poolOf(1, flaw),
    threads: [
      client(async (pool, { log }) => {
        await doubled(pool.submitMessage(DOUBLE, 1), pool.submit(DOUBLE, 2));
        log(pool.posts);
      }),
      worker,
    ],
  });

export const assigned: PoolScenario = messageFirst();

/** The same, and a task is there already when the other one comes by message. */
export const claimedByMessage: PoolScenario = scenario({
  ...poolOf(1),
  threads: [client((pool) => doubled(pool.submit(DOUBLE, 1), pool.submitMessage(DOUBLE, 2))), worker],
});

export const assignedAtOnce: PoolScenario = scenario({
  ...poolOf(2),
  threads: [
    client(async (pool) => {
      await Promise.all([pool.submitMessage(MEET, 2), pool.submit(MEET, 2)]);
    }),
    worker,
    worker,
  ],
});

/** A thread between two tasks is given one by message, and another one is queued: it must not claim that as well. */
export const assignedBetween: PoolScenario = scenario({
  ...poolOf(1),
  threads: [
    client(async (pool) => {
      await doubled(pool.submit(DOUBLE, 1));
      await doubled(pool.submitMessage(DOUBLE, 1), pool.submit(DOUBLE, 2));
    }),
    worker,
  ],
});

/** The same with another thread, which the queued one is left to: each of the two needs the other one to run. */
export const assignedBetweenAtOnce: PoolScenario = scenario({
  ...poolOf(2),
  threads: [
    client(async (pool) => {
      await doubled(pool.submit(DOUBLE, 1));
      await Promise.all([pool.submitMessage(MEET, 2), pool.submit(MEET, 2)]);
    }),
    worker,
    worker,
  ],
});

/** Notes when each task is over: a lone worker takes them in the order in which they came. */
const inOrder = async (...results: ReadonlyArray<Promise<unknown>>): Promise<void> => {
  const order: number[] = [];
  await doubled(...results.map((result, index) => result.finally(() => order.push(index))));
  deepStrictEqual(order, [...results.keys()]);
};

/** The only thread there is, sent one by message before it asks; one that is queued comes after it. */
export const sentAhead: PoolScenario = scenario({
  ...poolOf(1, undefined, 0),
  threads: [client((pool) => inOrder(pool.submitMessage(DOUBLE, 1), pool.submit(DOUBLE, 2))), worker],
});

/** Two are sent ahead. */
export const bothSentAhead: PoolScenario = scenario({
  ...poolOf(1, undefined, 0),
  threads: [client((pool) => inOrder(pool.submitMessage(DOUBLE, 1), pool.submitMessage(DOUBLE, 2))), worker],
});

/** One is queued already, so the one by message waits for its turn. */
export const notSentAhead: PoolScenario = scenario({
  ...poolOf(1, undefined, 0),
  threads: [client((pool) => inOrder(pool.submit(DOUBLE, 1), pool.submitMessage(DOUBLE, 2))), worker],
});

const unlessCancelled = async (result: Promise<unknown>, log: Context['log']): Promise<void> => {
  await result.then(
    () => log('done'),
    () => log('cancelled'),
  );
};

/** Cancelled at any step: withdrawn, or told while it runs. Its slot comes free either way. */
export const cancelled: PoolScenario = scenario({
  ...poolOf(1),
  budget: { cancels: 1 },
  threads: [
    client(async (pool, { signal, log }) => {
      const first = pool.submitWith(DOUBLE, 1, signal);
      const second = pool.submit(DOUBLE, 1);
      await unlessCancelled(first, log);
      await doubled(second);
    }),
    worker,
  ],
});

/** The same without another task: small enough for more preemptions. */
const cancelledAlone = (submit: (pool: ModelPool, signal: AbortSignal) => Promise<unknown>): PoolScenario =>
  scenario({
    ...poolOf(1),
    budget: { cancels: 1 },
    threads: [client((pool, { signal, log }) => unlessCancelled(submit(pool, signal), log)), worker],
  });

export const cancelledInQueue: PoolScenario = cancelledAlone((pool, signal) => pool.submitWith(DOUBLE, 1, signal));
export const cancelledOnItsWay: PoolScenario = cancelledAlone((pool, signal) => pool.submitMessage(DOUBLE, 1, signal));

/** By message as well: it may be assigned, or be on its way. */
export const cancelledMessage: PoolScenario = scenario({
  ...poolOf(1),
  budget: { cancels: 1 },
  threads: [
    client(async (pool, { signal, log }) => {
      const first = pool.submitMessage(DOUBLE, 1, signal);
      const second = pool.submit(DOUBLE, 1);
      await unlessCancelled(first, log);
      await doubled(second);
    }),
    worker,
  ],
});

/** Sent ahead as well: it is skipped, or told while it runs. */
export const cancelledAhead: PoolScenario = scenario({
  ...poolOf(1, undefined, 0),
  budget: { cancels: 1 },
  threads: [
    client(async (pool, { signal, log }) => {
      const first = pool.submitMessage(DOUBLE, 1, signal);
      const second = pool.submit(DOUBLE, 1);
      await unlessCancelled(first, log);
      await doubled(second);
    }),
    worker,
  ],
});

/** A worker that is told to stop while tasks come leaves them to the other, and the ring that it had with them. */
export const retiring = (flaw?: Flaw): PoolScenario =>
  scenario({
    ...poolOf(2, flaw),
    threads: [
      client(async (pool) => {
        const result = pool.submit(DOUBLE, 1);
        pool.retire(0);
        await doubled(result);
      }),
      workerToTheEnd,
      worker,
    ],
  });

export const retired: PoolScenario = retiring();

/** A worker that may die at any step: its task fails, and every other one is run by the survivor. */
const dies = (submit: (pool: ModelPool) => ReadonlyArray<Promise<unknown>>): PoolScenario =>
  scenario({
    ...poolOf(2),
    budget: { deaths: 1, timeouts: 0, together: true },
    mortal: [1],
    threads: [
      client(async (pool, { log, nextDeath }) => {
        const results = submit(pool);
        const watch = async (): Promise<void> => {
          const dead = await nextDeath();
          if (dead !== undefined) pool.exited(dead - 1);
        };
        const end = watch();
        const settled = await Promise.allSettled(results);
        log(settled.map(({ status }) => status));
        await end;
      }),
      worker,
      worker,
    ],
  });

export const workerDies: PoolScenario = dies((pool) => [pool.submit(DOUBLE, 1)]);
export const workerDiesWithTwo: PoolScenario = dies((pool) => [pool.submit(DOUBLE, 1), pool.submit(DOUBLE, 2)]);
export const workerDiesAssigned: PoolScenario = dies((pool) => [pool.submitMessage(DOUBLE, 1)]);

/** The only worker may die at any step: what it had claimed fails, and what it had not can still be withdrawn. */
const lastDies = (submit: (pool: ModelPool, signal: AbortSignal) => Promise<unknown>): PoolScenario =>
  scenario({
    ...poolOf(1),
    budget: { deaths: 1, timeouts: 0 },
    mortal: [1],
    threads: [
      client(async (pool, { log, nextDeath }) => {
        const caller = new AbortController();
        const result = submit(pool, caller.signal).then(
          () => log('done'),
          ({ name }: Error) => log(name),
        );
        const dead = await nextDeath();
        if (dead !== undefined) {
          pool.exited(dead - 1);
          caller.abort();
        }
        await result;
      }),
      worker,
    ],
  });

export const lastWorkerDies: PoolScenario = lastDies((pool, signal) => pool.submitWith(DOUBLE, 1, signal));
export const lastWorkerDiesAssigned: PoolScenario = lastDies((pool, signal) => pool.submitMessage(DOUBLE, 1, signal));

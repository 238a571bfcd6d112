/** Small scenarios that show what the explorer itself can do. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

type Words = Scenario<undefined, Int32Array>;
type Context = ThreadContext<undefined, Int32Array>;

const words = {
  memory: 16,
  attach: ({ buffer }: { buffer: SharedArrayBuffer }): Int32Array => new Int32Array(buffer),
};

/** Each thread adds twice to the same word and notes what it found. */
const addTwice = ({ local, log }: Context): void => {
  log(Atomics.add(local, 0, 1));
  log(Atomics.add(local, 0, 1));
};
export const twoByTwo: Words = scenario<undefined, Int32Array>({ ...words, threads: [addTwice, addTwice] });

/** A wait that ends in any of the three ways. */
export const waitOrTimeOut: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    ({ local, log }) => log(Atomics.wait(local, 0, 0, 50)),
    ({ local }) => {
      Atomics.store(local, 0, 1);
      Atomics.notify(local, 0);
    },
  ],
});

/** The same in the event loop. */
export const waitAsyncOrTimeOut: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    async ({ local, log }) => {
      const { value } = Atomics.waitAsync(local, 0, 0, 50);
      log(await value);
    },
    ({ local }) => {
      Atomics.store(local, 0, 1);
      Atomics.notify(local, 0);
    },
  ],
});

/** A wait that nobody ends but time. */
export const onlyTimeHelps: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    ({ local, log, now }) => {
      log(Atomics.wait(local, 0, 0, 50));
      log([now(), performance.now(), Date.now()]);
    },
  ],
});

/** Timers of one thread fire in the order in which they are due. */
export const timers: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    async ({ local, log, now }) => {
      const cancelled = setTimeout(() => log('never'), 10);
      setTimeout(() => {
        log(['late', now()]);
        Atomics.notify(local, 0);
      }, 100);
      setTimeout(() => log(['early', now()]), 50);
      clearTimeout(cancelled);
      await Atomics.waitAsync(local, 0, 0).value;
    },
  ],
});

/** Sixty-four bit words, and a wait on them. */
export const wideWords: Scenario<undefined, BigInt64Array> = scenario<undefined, BigInt64Array>({
  memory: 8,
  attach: ({ buffer }) => new BigInt64Array(buffer),
  threads: [
    ({ local }) => {
      while (Atomics.load(local, 0) !== 2n ** 40n) Atomics.wait(local, 0, 0n);
    },
    ({ local }) => {
      Atomics.store(local, 0, 2n ** 40n);
      Atomics.notify(local, 0);
    },
  ],
});

const pause = (): void => (Atomics as { pause?: () => void }).pause?.();

/** A spin loop that says so. */
export const spin: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    ({ local }) => {
      while (Atomics.load(local, 0) === 0) pause();
    },
    ({ local }) => void Atomics.store(local, 0, 1),
  ],
});

/** A spin loop that nobody ends. */
export const endlessSpin: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    ({ local }) => {
      while (Atomics.load(local, 0) !== 2) pause();
    },
    ({ local }) => void Atomics.store(local, 0, 1),
  ],
});

/** A thread that dies leaves what it wrote before, and nothing that it would have cleaned up. */
export const death: Words = scenario<undefined, Int32Array>({
  ...words,
  mortal: [0],
  budget: { deaths: 1 },
  threads: [
    ({ local }) => {
      try {
        Atomics.store(local, 0, 1);
        Atomics.store(local, 1, 1);
      } finally {
        local[3] = 1;
        Atomics.store(local, 2, 1);
      }
    },
    async ({ local, log, nextDeath }) => {
      const dead = await nextDeath();
      log([dead ?? null, ...[0, 1, 2, 3].map((index) => Atomics.load(local, index))]);
    },
  ],
  check: ({ log, died }) => strictEqual(died[0], (log[0]?.entry as unknown[])[0] === 0),
});

/** A check that fails only if the thread died on which it runs. */
export const checkAfterDeath: Words = scenario<undefined, Int32Array>({
  ...words,
  budget: { deaths: 1 },
  threads: [({ local }) => void Atomics.store(local, 0, 1)],
  check: ({ died }) => strictEqual(died[0], false),
});

/** Waiters that die are no longer in the way: one notify reaches the one that lives. */
export const deadWaiter: Words = scenario<undefined, Int32Array>({
  ...words,
  mortal: [0],
  budget: { deaths: 1 },
  threads: [
    ({ local }) => void Atomics.wait(local, 0, 0),
    ({ local }) => void Atomics.wait(local, 0, 0),
    async ({ local, nextDeath }) => {
      if ((await nextDeath()) === undefined) return;
      Atomics.store(local, 0, 1);
      Atomics.notify(local, 0, 1);
    },
  ],
});

/** What two threads do once nobody can die any more: as {@linkcode twoByTwo}. */
const addTwiceThen = async (context: Context): Promise<void> => {
  await context.nextDeath();
  addTwice(context);
};
export const nobodyDies: Words = scenario<undefined, Int32Array>({ ...words, threads: [addTwiceThen, addTwiceThen] });

/** A cancel may come before, during or after anything else in the event loop. */
export const cancel: Words = scenario<undefined, Int32Array>({
  ...words,
  budget: { cancels: 1 },
  threads: [
    async ({ local, log, signal }) => {
      if (signal.aborted) return log('cancelled before it began');
      const aborted = new Promise((resolve) => signal.addEventListener('abort', () => resolve('cancelled')));
      const { value } = Atomics.waitAsync(local, 0, 0);
      log((await Promise.race([value, aborted])) as string);
    },
    ({ local }) => {
      Atomics.store(local, 0, 1);
      Atomics.notify(local, 0);
    },
  ],
});

/** Only a cancel ends it. */
export const onlyCancelHelps: Words = scenario<undefined, Int32Array>({
  ...words,
  cancelsWhenStuck: true,
  threads: [
    async ({ signal }) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  ],
});

let runs = 0;

/** What a schedule does depends on how many were run before it. */
export const unrepeatable: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    ({ local }) => {
      for (let i = runs++ % 3; i >= 0; i--) Atomics.add(local, 0, 1);
      Atomics.add(local, 1, 1);
    },
    ({ local }) => void Atomics.sub(local, 0, Atomics.load(local, 1)),
  ],
});

/** A body that returns before it is done. */
export const unfinished: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [({ local }) => void Promise.resolve().then(() => Atomics.add(local, 0, 1))],
});

/** Words that one thread uses, words that all read, and one that they conflict over. */
export const mostlyOwn: Words = scenario<undefined, Int32Array>({
  ...words,
  setup: (buffer) => {
    new Int32Array(buffer)[0] = 7;
    return undefined;
  },
  threads: [1, 2].map((own) => ({ local, log }) => {
    for (let i = 0; i < 5; i++) Atomics.add(local, own, Atomics.load(local, 0));
    log(Atomics.exchange(local, 3, own));
    for (let i = 0; i < 5; i++) Atomics.add(local, own, Atomics.load(local, 0));
  }),
  check: ({ buffer }) => deepStrictEqual([...new Int32Array(buffer)].slice(0, 3), [7, 70, 70]),
});

const locked = (local: Int32Array, critical: () => void): void => {
  while (Atomics.compareExchange(local, 0, 0, 1) !== 0) Atomics.wait(local, 0, 1);
  critical();
  Atomics.store(local, 0, 0);
  Atomics.notify(local, 0);
};

/** One leaves its number behind a lock, whoever comes last; another one takes it from there, and tells much later. */
const leave =
  (number: number) =>
  ({ local }: Context): void =>
    locked(local, () => void (local[1] = number));
export const behindLock: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [
    leave(1),
    leave(2),
    ({ local, log }) => {
      let found = 0;
      locked(local, () => {
        found = local[1] as number;
        local[1] = 0;
      });
      locked(local, () => {});
      log(found);
    },
  ],
  check: ({ buffer }) => strictEqual(new Int32Array(buffer)[0], 0),
});

/** Two pairs of threads, each about a word of its own. */
export const twoPairs: Words = scenario<undefined, Int32Array>({
  ...words,
  threads: [0, 0, 1, 1].map((word) => ({ local }) => {
    for (let i = 0; i < 3; i++) Atomics.add(local, word, 1);
  }),
});

/** A thread that reads again and again before it dies, and one that goes on from what it left. */
export const idleDeath: Words = scenario<undefined, Int32Array>({
  ...words,
  mortal: [0],
  budget: { deaths: 1 },
  threads: [
    ({ local }) => {
      for (let i = 0; i < 8; i++) Atomics.load(local, 0);
      Atomics.add(local, 1, 1);
    },
    async ({ local, log, nextDeath }) => {
      const dead = await nextDeath();
      for (let i = 0; i < 8; i++) Atomics.add(local, 0, 1);
      log([dead ?? null, Atomics.load(local, 1)]);
    },
    ({ local }) => {
      for (let i = 0; i < 8; i++) Atomics.add(local, 0, 1);
    },
  ],
});

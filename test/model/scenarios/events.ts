/** Manual-reset and auto-reset events, blocking and in the event loop, and the wait for the first of several. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { about, statesOf } from '../_arena.ts';
import { Arena } from '../../../src/memory/arena.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import type { AutoResetEvent } from '../../../src/signal/auto-reset-event.ts';
import { forgetThread } from '../../../src/signal/forget-thread.ts';
import type { ManualResetEvent } from '../../../src/signal/manual-reset-event.ts';
import type { Semaphore } from '../../../src/signal/semaphore.ts';
import { waitAny, waitAnySync } from '../../../src/signal/wait-any.ts';
import { scenario, type Scenario } from '../scenario.ts';

type About<L extends readonly unknown[]> = Scenario<Handle[], L>;

/** Set once, it lets everyone go, however they wait. */
export const manual: About<readonly [ManualResetEvent]> = scenario({
  ...about(['manualResetEvent', 0]),
  threads: [
    ({ local: [event] }) => event.wait(),
    ({ local: [event] }) => event.waitSync(),
    ({ local: [event] }) => event.set(),
  ],
});

/** Whoever waits when it is set goes on, although it is reset at once. */
export const pulsed: About<readonly [ManualResetEvent, ManualResetEvent]> = scenario({
  ...about(['manualResetEvent', 0], ['manualResetEvent', 0]),
  threads: [
    async ({ local: [event, waits] }) => {
      const over = event.wait();
      waits.set();
      await over;
    },
    async ({ local: [event, waits] }) => {
      await waits.wait();
      event.set();
      event.reset();
    },
  ],
});

/** The thread that sets it may die while it does: it is set and everyone knows, or it is not set. */
export const setterDies: About<readonly [ManualResetEvent]> = scenario({
  ...about(['manualResetEvent', 0]),
  budget: { deaths: 1 },
  mortal: [0],
  threads: [
    ({ local: [event] }) => event.set(),
    ({ local: [event] }) => event.wait(),
    async ({ local: [event], buffer, nextDeath }) => {
      const dead = await nextDeath();
      if (dead === undefined) return;
      forgetThread(Arena.attach(buffer), dead);
      if (!event.isSet) event.set();
    },
  ],
});

/** Handed from thread to thread: each `set` lets exactly one go. */
export const relay: About<readonly [AutoResetEvent, AutoResetEvent]> = scenario({
  ...about(['autoResetEvent', 0], ['autoResetEvent', 0]),
  budget: { timeouts: 0 },
  threads: [
    async ({ local: [first, second] }) => {
      await first.wait();
      second.set();
    },
    async ({ local: [first, second] }) => {
      first.set();
      await second.wait();
      first.set();
    },
    async ({ local: [first] }) => {
      await first.wait();
      first.set();
    },
  ],
  check: (context) => deepStrictEqual(statesOf(context), [1, 0]),
});

/** One of the two that wait may be cancelled, or may time out; what it does not take, the other one gets. */
const unlessGivenUp = (options: { timeout?: number }): About<readonly [AutoResetEvent]> =>
  scenario({
    ...about(['autoResetEvent', 0]),
    threads: [
      async ({ local: [event], log, signal }) => {
        const isSet = await event.wait(options.timeout === undefined ? { signal } : options).then(
          () => true,
          () => false,
        );
        log(isSet);
        if (isSet) event.set();
      },
      ({ local: [event] }) => {
        event.waitSync();
        event.set();
      },
      ({ local: [event] }) => event.set(),
    ],
    check: (context) => deepStrictEqual(statesOf(context), [1]),
  });

export const autoCancelled: About<readonly [AutoResetEvent]> = { ...unlessGivenUp({}), budget: { cancels: 1 } };
export const autoTimedOut: About<readonly [AutoResetEvent]> = unlessGivenUp({ timeout: 10 });

/** One that waits may die, with the ring in its hand or after it took the event down. */
export const autoWaiterDies: About<readonly [AutoResetEvent]> = scenario({
  ...about(['autoResetEvent', 0]),
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    async ({ local: [event] }) => {
      await event.wait();
      event.set();
    },
    async ({ local: [event], log }) => {
      const isSet = await event.wait({ timeout: 1_000 }).then(
        () => true,
        () => false,
      );
      log(isSet);
      if (isSet) event.set();
    },
    async ({ local: [event], buffer, nextDeath }) => {
      event.set();
      const dead = await nextDeath();
      if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
    },
  ],
  check: ({ buffer, shared, log, died }) => {
    const states = statesOf({ buffer, shared });
    // Whoever timed out found it taken down, and so it is; only the dead one can have done that for good.
    if (log[0]?.entry === false) deepStrictEqual(states, [0]);
    if (died[0] === false) deepStrictEqual(states, [1]);
  },
});

/** Of two events that are set, one lets the wait for either go; the other one stays for who waits for it alone. */
export const firstOfTwo: About<readonly [AutoResetEvent, AutoResetEvent]> = scenario({
  ...about(['autoResetEvent', 0], ['autoResetEvent', 0]),
  threads: [
    async ({ local: [first, second], log }) => {
      const index = await waitAny([first, second]);
      log(index);
      (index === 0 ? first : second).set();
    },
    ({ local: [first] }) => first.wait().then(() => first.set()),
    ({ local: [first, second] }) => {
      first.set();
      second.set();
    },
  ],
  check: (context) => deepStrictEqual(statesOf(context), [1, 1]),
});

/** The wait for either is cancelled, or blocks: nothing is taken for it but what it says. */
export const firstCancelled: About<readonly [AutoResetEvent, Semaphore]> = scenario({
  ...about(['autoResetEvent', 0], ['semaphore', 0]),
  budget: { cancels: 1 },
  threads: [
    async ({ local: [event, semaphore], log, signal }) => {
      log(await waitAny([event, semaphore], { signal }).catch(() => 'cancelled'));
    },
    ({ local: [event, semaphore] }) => {
      event.set();
      semaphore.release();
    },
  ],
  check: ({ buffer, shared, log }) => {
    const [isSet, permits] = statesOf({ buffer, shared });
    const outcome = log[0]?.entry;
    deepStrictEqual([isSet, permits], outcome === 'cancelled' ? [1, 1] : outcome === 0 ? [0, 1] : [1, 0]);
  },
});

export const firstBlocked: About<readonly [AutoResetEvent, Semaphore]> = scenario({
  ...about(['autoResetEvent', 0], ['semaphore', 0]),
  threads: [
    ({ local: [event, semaphore], log }) => log(waitAnySync([event, semaphore])),
    ({ local: [event] }) => event.set(),
    ({ local: [, semaphore] }) => semaphore.release(),
  ],
  check: ({ buffer, shared, log }) =>
    deepStrictEqual(statesOf({ buffer, shared }), log[0]?.entry === 0 ? [0, 1] : [1, 0]),
});

/** A thread blocks for one thing while it waits for another in its event loop. */
export const blockedMeanwhile: About<readonly [Semaphore, AutoResetEvent]> = scenario({
  ...about(['semaphore', 0], ['autoResetEvent', 0]),
  threads: [
    async ({ local: [semaphore, event] }) => {
      const isSet = event.wait();
      semaphore.acquireSync().release();
      await isSet;
    },
    ({ local: [semaphore, event] }) => {
      event.set();
      semaphore.release();
    },
  ],
  check: (context) => deepStrictEqual(statesOf(context), [1, 0]),
});

/** Disposed while it is waited for: the wait is rejected, not forgotten. */
export const disposed: About<readonly [AutoResetEvent]> = scenario({
  ...about(['autoResetEvent', 0]),
  threads: [
    async ({ local: [event], log }) => {
      const error = await event.wait().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      ok(error instanceof Error);
      log(error.message);
    },
    ({ local: [event] }) => event[Symbol.dispose](),
  ],
  check: ({ log }) => strictEqual(log.length, 1),
});

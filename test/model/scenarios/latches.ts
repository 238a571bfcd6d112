/** Latches and wait groups: counted by several threads, reused, and with a thread that dies while it counts. */
import { deepStrictEqual } from 'node:assert/strict';
import { about, statesOf } from '../_arena.ts';
import { bury } from '../_outcome.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import type { AutoResetEvent } from '../../../src/signal/auto-reset-event.ts';
import type { Latch } from '../../../src/signal/latch.ts';
import type { ManualResetEvent } from '../../../src/signal/manual-reset-event.ts';
import { waitAny } from '../../../src/signal/wait-any.ts';
import type { WaitGroup } from '../../../src/signal/wait-group.ts';
import { scenario, type Scenario } from '../scenario.ts';

type About<L extends readonly unknown[]> = Scenario<Handle[], L>;

/** Counted down by two, it opens for one that waits and for one that blocks. */
export const counted: About<readonly [Latch]> = scenario({
  ...about(['latch', 2]),
  threads: [
    async ({ local: [latch] }) => {
      const open = latch.wait();
      latch.countDown();
      await open;
    },
    ({ local: [latch] }) => {
      latch.countDown();
      latch.waitSync();
    },
  ],
  check: (context) => deepStrictEqual(statesOf(context), [0]),
});

/** The one that counts may die while it does: the count is taken and everyone knows, or it is not taken. */
export const counterDies: About<readonly [Latch]> = scenario({
  ...about(['latch', 1]),
  budget: { deaths: 1 },
  mortal: [0],
  threads: [
    ({ local: [latch] }) => latch.countDown(),
    ({ local: [latch] }) => latch.wait(),
    async (context) => {
      if ((await bury(context)) && !context.local[0].isOpen) context.local[0].countDown();
    },
  ],
});

/** The wait for the first of a latch and an event may be cancelled: then, and if the latch opens, the event is left. */
export const latchOrEvent: About<readonly [Latch, AutoResetEvent]> = scenario({
  ...about(['latch', 1], ['autoResetEvent', 0]),
  budget: { cancels: 1 },
  threads: [
    async ({ local: [latch, event], signal, log }) => {
      log(await waitAny([latch, event], { signal }).catch(() => 'cancelled'));
    },
    ({ local: [latch, event] }) => {
      event.set();
      latch.countDown();
    },
  ],
  check: ({ buffer, shared, log }) => deepStrictEqual(statesOf({ buffer, shared }), [0, log[0]?.entry === 1 ? 0 : 1]),
});

/** Each of two ends what it began; whoever waits for the group finds both ended. */
export const group: About<readonly [WaitGroup]> = scenario({
  ...about(['waitGroup', 2]),
  threads: [
    ({ local: [each], scratch }) => {
      scratch[0] = 1;
      each.done();
    },
    ({ local: [each], scratch }) => {
      scratch[1] = 1;
      each.done();
    },
    async ({ local: [each], scratch }) => {
      await each.wait();
      deepStrictEqual([scratch[0], scratch[1]], [1, 1]);
    },
  ],
});

/** Whoever waits when the group is empty goes on, although it grows again at once. */
export const groupReused: About<readonly [WaitGroup, ManualResetEvent]> = scenario({
  ...about(['waitGroup', 1], ['manualResetEvent', 0]),
  threads: [
    async ({ local: [each, waits] }) => {
      const over = each.wait();
      waits.set();
      await over;
    },
    async ({ local: [each, waits] }) => {
      await waits.wait();
      each.done();
      each.add();
    },
  ],
});

/** The last one may die while it says that it is done. */
export const lastDies: About<readonly [WaitGroup]> = scenario({
  ...about(['waitGroup', 1]),
  budget: { deaths: 1 },
  mortal: [0],
  threads: [
    ({ local: [each] }) => each.done(),
    ({ local: [each] }) => each.wait(),
    async (context) => {
      const [each] = context.local;
      if ((await bury(context)) && each.count > 0) each.done();
    },
  ],
});

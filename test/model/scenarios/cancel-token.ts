/** Tokens: cancelled from several threads, by a parent, by their deadline, and by a thread that dies while it does. */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { arenaMemory, bellWords, takePlace } from '../_arena.ts';
import { CancelToken } from '../../../src/lifecycle/cancel-token.ts';
import { Arena } from '../../../src/memory/arena.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import { forgetThread } from '../../../src/signal/forget-thread.ts';
import { INTEREST, KIND, OWN, PRIMITIVE_BYTES, STATE } from '../../../src/signal/primitive-block.ts';
import { AutoResetEvent } from '../../../src/signal/auto-reset-event.ts';
import { waitAny } from '../../../src/signal/wait-any.ts';
import { scenario, type Scenario, type WordNames } from '../scenario.ts';

interface Tokens {
  readonly parent: CancelToken;
  readonly child: CancelToken;
  readonly event: AutoResetEvent;
}
interface Handles {
  readonly parent: Handle;
  readonly child: Handle;
  readonly event: Handle;
}
type About = Scenario<Handles, Tokens>;

/** A parent, its child and an event; the child has a deadline if told. */
function family(deadline = Infinity): Pick<Required<About>, 'memory' | 'setup' | 'attach' | 'words'> {
  return {
    memory: arenaMemory,
    setup: (buffer) => {
      const arena = Arena.attach(buffer);
      const make = (kind: number): Handle => ({ buffer, kind, offset: arena.allocate(PRIMITIVE_BYTES, kind) });
      const [parent, child, event] = [make(KIND.cancelToken), make(KIND.cancelToken), make(KIND.autoResetEvent)];
      // As the constructor leaves them; see the top of cancel-token.ts.
      const base = child.offset >> 2;
      arena.i32[base + OWN] = parent.offset;
      arena.i32[base + OWN + 1] = arena.generation(parent.offset);
      arena.f64[(base + OWN + 2) >> 1] = deadline;
      arena.f64[((parent.offset >> 2) + OWN + 2) >> 1] = Infinity;
      return { parent, child, event };
    },
    attach: (context) => {
      takePlace(context);
      const { buffer, shared } = context;
      return {
        parent: CancelToken.from({ ...shared.parent, buffer }),
        child: CancelToken.from({ ...shared.child, buffer }),
        event: AutoResetEvent.from({ ...shared.event, buffer }),
      };
    },
    words: (_buffer, shared): WordNames => {
      const names = bellWords();
      for (const [name, { offset }] of Object.entries(shared) as Array<[string, Handle]>) {
        names[`STATE of ${name}`] = offset + STATE * 4;
        names[`INTEREST of ${name}`] = offset + INTEREST * 4;
      }
      return names;
    },
  };
}

/** Two cancel it: one of them did, everyone knows, and all agree on why. */
export const twoCancel: About = scenario({
  ...family(),
  threads: [
    ({ local: { child }, log }) => log(child.cancel()),
    ({ local: { child }, log }) => log(child.cancel()),
    async ({ local: { child } }) => {
      await child.wait();
      ok(child.isCancelled);
    },
  ],
  check: ({ log }) => deepStrictEqual(log.map(({ entry }) => entry).sort(), [false, true]),
});

/** The parent is cancelled: whoever waits for the child goes on, blocked or not, and nobody waits for it any more. */
export const parentCancelled: About = scenario({
  ...family(),
  threads: [
    ({ local: { parent } }) => parent.cancel(),
    async ({ local: { child } }) => {
      await child.wait();
      ok(child.isCancelled);
    },
    ({ local: { child } }) => {
      child.waitSync();
      ok(child.isCancelled);
    },
  ],
  check: ({ buffer, shared }) => deepStrictEqual(interestIn(buffer, shared), [0, 0]),
});

/** One of the waits is given up: the other one is still told. */
export const waitGivenUp: About = scenario({
  ...family(),
  budget: { cancels: 1 },
  threads: [
    ({ local: { parent } }) => parent.cancel(),
    async ({ local: { child }, signal, log }) => {
      const other = child.wait();
      log(
        await child.wait({ signal }).then(
          () => true,
          () => false,
        ),
      );
      await other;
    },
  ],
  check: ({ buffer, shared }) => deepStrictEqual(interestIn(buffer, shared), [0, 0]),
});

/** The first of a child and an event: the event is taken or left, never lost. */
export const firstOfChildAndEvent: About = scenario({
  ...family(),
  threads: [
    ({ local: { parent } }) => parent.cancel(),
    ({ local: { event } }) => event.set(),
    async ({ local: { child, event }, log }) => log(await waitAny([event, child])),
  ],
  check: ({ buffer, shared, log }) => {
    const isSet = new Int32Array(buffer)[(shared.event.offset >> 2) + STATE];
    deepStrictEqual(isSet, log[0]?.entry === 0 ? 0 : 1);
  },
});

/** The thread that cancels may die while it does: it is cancelled and everyone knows, or it is not cancelled. */
export const cancellerDies: About = scenario({
  ...family(),
  budget: { deaths: 1 },
  mortal: [0],
  threads: [
    ({ local: { parent } }) => parent.cancel(),
    ({ local: { child } }) => child.wait(),
    async ({ local: { parent }, buffer, nextDeath }) => {
      const dead = await nextDeath();
      if (dead === undefined) return;
      forgetThread(Arena.attach(buffer), dead);
      if (!parent.isCancelled) parent.cancel();
    },
  ],
});

/** So may one that waits: it is waited for no longer, and the cancel holds. */
export const waiterDies: About = scenario({
  ...family(),
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    ({ local: { child } }) => child.wait(),
    async ({ local: { parent, child }, buffer, nextDeath }) => {
      parent.cancel();
      const dead = await nextDeath();
      if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
      ok(child.isCancelled);
    },
  ],
  check: ({ buffer, shared }) => deepStrictEqual(interestIn(buffer, shared), [0, 0]),
});

/** The deadline passes, or somebody cancels it before: one end, and both threads see the same. */
const deadlineWaited = (wait: (child: CancelToken) => unknown): About =>
  scenario({
    ...family(5),
    budget: { timeouts: 1 },
    threads: [
      async ({ local: { child }, log }) => {
        await wait(child);
        log((child.reason as Error).name);
      },
      ({ local: { child }, log }) => {
        child.cancel();
        log((child.reason as Error).name);
      },
    ],
    check: ({ log }) => deepStrictEqual(log[0]?.entry, log[1]?.entry),
  });

export const deadlineAwaited: About = deadlineWaited((child) => child.wait());
export const deadlineBlocked: About = deadlineWaited((child) => child.waitSync());

/** Disposed while it is waited for: the wait is rejected, not forgotten. */
export const disposed: About = scenario({
  ...family(),
  threads: [
    async ({ local: { child }, log }) =>
      log(
        await child.wait().then(
          () => 'gone on',
          () => 'rejected',
        ),
      ),
    ({ local: { child } }) => child[Symbol.dispose](),
  ],
  check: ({ log }) =>
    deepStrictEqual(
      log.map(({ entry }) => entry),
      ['rejected'],
    ),
});

function interestIn(buffer: SharedArrayBuffer, { parent, child }: Handles): number[] {
  const words = new Int32Array(buffer);
  return [parent, child].map(({ offset }) => words[(offset >> 2) + INTEREST] as number);
}

/** The doorbell by itself: facts that its owner waits for, in the event loop, blocked, or both at once. */
import { arenaMemory, bellWords, takePlace } from '../_arena.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { Doorbell, ring, ringAll } from '../../../src/signal/doorbell.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

const OWNER = 0;

/** Two facts. The block's byte offset is what the threads share. */
interface Local {
  readonly bell: Doorbell;
  readonly words: Int32Array;
  readonly facts: number;
}
type DoorbellScenario = Scenario<number, Local>;
type Context = ThreadContext<number, Local>;
type Bell = new (arena: Arena, thread: number) => Doorbell;

/** The parts that every scenario here has. */
export function facts(bellClass: Bell = Doorbell): Pick<DoorbellScenario, 'memory' | 'setup' | 'attach' | 'words'> {
  return {
    memory: arenaMemory,
    setup: (buffer) => Arena.attach(buffer).allocate(64, 1),
    attach: ({ buffer, shared, thread }) => {
      takePlace({ buffer, thread });
      const arena = Arena.attach(buffer);
      return { bell: new bellClass(arena, thread), words: arena.i32, facts: shared >> 2 };
    },
    words: (_buffer, offset) => ({ ...bellWords(), 'fact 0': offset, 'fact 1': offset + 4 }),
  };
}

/** Makes a fact true and rings, `times` over. */
export const ringFor =
  (fact: number, times = 1) =>
  ({ local: { words, facts: at } }: Context): void => {
    for (let i = 0; i < times; i++) {
      Atomics.add(words, at + fact, 1);
      ring(words, OWNER);
    }
  };

/** Waits in the event loop, as the engine does, until the fact has become true `times` over. */
function comesInLoop({ bell, words, facts: at }: Local, fact: number, times: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const ticket = bell.ticket();
      if (Atomics.load(words, at + fact) < times) return bell.arm(ticket);
      unlisten();
      resolve();
    };
    const unlisten = bell.listen(look);
    look();
  });
}

function comesBlocked({ bell, words, facts: at }: Local, fact: number, times: number): void {
  for (;;) {
    const ticket = bell.ticket();
    if (Atomics.load(words, at + fact) >= times) return;
    bell.parkSync(ticket, Infinity);
  }
}

const untilInLoop =
  (fact: number, times = 1) =>
  ({ local }: Context): Promise<void> =>
    comesInLoop(local, fact, times);

const untilBlocked =
  (fact: number, times = 1) =>
  ({ local }: Context): void =>
    comesBlocked(local, fact, times);

/** One ring is for a fact of no use to the owner: it takes the flag, and must not take the other ring with it. */
export const uselessFirst = (bell: Bell = Doorbell): DoorbellScenario =>
  scenario({ ...facts(bell), threads: [untilInLoop(1), ringFor(0), ringFor(1)] });

export const inLoop: DoorbellScenario = uselessFirst();

export const blocked: DoorbellScenario = scenario({
  ...facts(),
  threads: [untilBlocked(1), ringFor(0), ringFor(1)],
});

/** The owner needs both rings, and one of them twice: it parks again and again. */
export const again: DoorbellScenario = scenario({
  ...facts(),
  threads: [untilInLoop(0, 3), ringFor(0, 2), ringFor(0)],
});

export const againBlocked: DoorbellScenario = scenario({
  ...facts(),
  threads: [untilBlocked(0, 3), ringFor(0, 2), ringFor(0)],
});

/** The owner blocks for one fact while it is parked in the event loop for the other. */
export const both: DoorbellScenario = scenario({
  ...facts(),
  threads: [
    async ({ local }) => {
      const other = comesInLoop(local, 0, 1);
      comesBlocked(local, 1, 1);
      await other;
    },
    ringFor(0),
    ringFor(1),
  ],
});

/** One ringer may die, perhaps with the flag in its hand; whoever sees that rings everyone. */
export const ringerDies: DoorbellScenario = scenario({
  ...facts(),
  budget: { deaths: 1 },
  mortal: [1],
  threads: [
    untilInLoop(1),
    ringFor(0),
    async (context) => {
      ringFor(1)(context);
      if ((await context.nextDeath()) !== undefined) ringAll(Arena.attach(context.buffer));
    },
  ],
});

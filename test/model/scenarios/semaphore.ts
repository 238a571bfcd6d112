/** The engine's own semaphore: blocking, in the event loop, cancelled, and with a thread that dies. */
import '../model-runtime.ts';
import { strictEqual } from 'node:assert/strict';
import { Arena } from '../../../src/memory/arena.ts';
import { THREADS_OFFSET } from '../../../src/memory/layout.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import { claimThread, Doorbell } from '../../../src/signal/doorbell.ts';
import { forgetThread } from '../../../src/signal/forget-thread.ts';
import { INTEREST, KIND, PRIMITIVE_BYTES, RESERVED, STATE, VERSION } from '../../../src/signal/primitive-block.ts';
import { Semaphore } from '../../../src/signal/semaphore.ts';
import { scenario, type Scenario, type ThreadContext, type WordNames } from '../scenario.ts';

const THREADS = 3;
type SemaphoreScenario = Scenario<Handle, Semaphore>;
type Context = ThreadContext<Handle, Semaphore>;

/** A semaphore with `permits`, and a place in the thread table for each thread. */
function setup(buffer: SharedArrayBuffer, permits: number): Handle {
  const arena = Arena.attach(buffer);
  const offset = arena.allocate(PRIMITIVE_BYTES, KIND.semaphore);
  arena.i32[(offset >> 2) + STATE] = permits;
  for (let thread = 0; thread < THREADS; thread++) claimThread(arena);
  return { buffer, kind: KIND.semaphore, offset };
}

const engine = {
  memory: (): SharedArrayBuffer => Arena.create(65_536).buffer,
  setup: (buffer: SharedArrayBuffer): Handle => setup(buffer, 1),

  attach: ({ buffer, shared, thread }: { buffer: SharedArrayBuffer; shared: Handle; thread: number }): Semaphore => {
    Doorbell.adopt(Arena.attach(buffer), thread);
    return Semaphore.from({ ...shared, buffer });
  },

  words: (_buffer: SharedArrayBuffer, { offset }: Handle): WordNames => {
    const names: Record<string, number> = {};
    for (const [name, word] of Object.entries({ STATE, INTEREST, VERSION, RESERVED })) names[name] = offset + word * 4;
    for (let thread = 0; thread < THREADS; thread++) {
      names[`bell of ${thread}`] = THREADS_OFFSET + thread * 64;
      names[`waiting of ${thread}`] = THREADS_OFFSET + thread * 64 + 4;
    }
    return names;
  },
};

const permitsAreConserved: NonNullable<SemaphoreScenario['check']> = ({ buffer, shared }) =>
  strictEqual(Semaphore.from({ ...shared, buffer }).available, 1);

/** Holds the permit over a step, alone. */
function hold({ local, scratch, step }: Context): void {
  const permit = local.acquireSync();
  strictEqual(scratch[0], 0);
  scratch[0] = 1;
  step('holds the permit');
  scratch[0] = 0;
  permit.release();
}

async function holdUnlessCancelled({ local, log, signal }: Context): Promise<void> {
  try {
    const permit = await local.acquire({ signal });
    log('acquired');
    permit.release();
  } catch {
    log('cancelled');
  }
}

export const blocking: SemaphoreScenario = scenario<Handle, Semaphore>({
  ...engine,
  threads: [hold, hold],
  check: permitsAreConserved,
});

/** The one permit comes while two wait for it, one of whom may be cancelled. */
export const cancelled: SemaphoreScenario = scenario<Handle, Semaphore>({
  ...engine,
  setup: (buffer) => setup(buffer, 0),
  budget: { cancels: 1 },
  threads: [({ local }) => local.acquireSync().release(), holdUnlessCancelled, ({ local }) => local.release()],
  check: permitsAreConserved,
});

/** The dead thread may keep its permit, but nobody who could have one sleeps. */
export const abandoned: SemaphoreScenario = scenario<Handle, Semaphore>({
  ...engine,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    (context) => hold(context),
    async ({ local, log }) => {
      const permit = await local.acquire({ timeout: 1_000 }).catch(() => undefined);
      log(permit === undefined ? 'timed out' : 'acquired');
      permit?.release();
    },
    async ({ buffer, nextDeath }) => {
      const dead = await nextDeath();
      if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
    },
  ],
  check: ({ buffer, shared, log, died }) => {
    const { available } = Semaphore.from({ ...shared, buffer });
    // Whoever timed out found no permit, and so there is none.
    if (log[0]?.entry === 'timed out') strictEqual(available, 0);
    if (died[0] === false) strictEqual(available, 1);
  },
});

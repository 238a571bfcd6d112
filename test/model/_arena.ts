/** What scenarios of the engine's own code share: an arena with a place for each thread, and names for its words. */
import './model-runtime.ts';
import { Arena } from '../../src/memory/arena.ts';
import { THREADS_OFFSET } from '../../src/memory/layout.ts';
import { type Handle, revive } from '../../src/memory/shared-object.ts';
import '../../src/signal/auto-reset-event.ts';
import type { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import '../../src/signal/barrier.ts';
import type { Barrier } from '../../src/signal/barrier.ts';
import { claimThread, Doorbell } from '../../src/signal/doorbell.ts';
import '../../src/signal/latch.ts';
import type { Latch } from '../../src/signal/latch.ts';
import '../../src/signal/manual-reset-event.ts';
import type { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import '../../src/signal/once.ts';
import type { Once } from '../../src/signal/once.ts';
import { INTEREST, KIND, OWN, PRIMITIVE_BYTES, RESERVED, STATE, VERSION } from '../../src/signal/primitive-block.ts';
import '../../src/signal/semaphore.ts';
import type { Semaphore } from '../../src/signal/semaphore.ts';
import '../../src/signal/wait-group.ts';
import type { WaitGroup } from '../../src/signal/wait-group.ts';
import type { WordNames } from './scenario.ts';

/** The places that scenarios use; that of a scenario's thread has its number. */
const THREADS = 4;

export function arenaMemory(): SharedArrayBuffer {
  const arena = Arena.create(65_536);
  for (let thread = 0; thread < THREADS; thread++) claimThread(arena);
  return arena.buffer;
}

/** Gives the calling thread its doorbell, as new. */
export function takePlace({ buffer, thread }: { buffer: SharedArrayBuffer; thread: number }): Doorbell {
  return Doorbell.adopt(Arena.attach(buffer), thread);
}

export function bellWords(): Record<string, number> {
  const names: Record<string, number> = {};
  for (let thread = 0; thread < THREADS; thread++) {
    names[`bell of ${thread}`] = THREADS_OFFSET + thread * 64;
    names[`waiting of ${thread}`] = THREADS_OFFSET + thread * 64 + 4;
  }
  return names;
}

interface Kinds {
  readonly semaphore: Semaphore;
  readonly autoResetEvent: AutoResetEvent;
  readonly manualResetEvent: ManualResetEvent;
  readonly latch: Latch;
  readonly waitGroup: WaitGroup;
  readonly barrier: Barrier;
  readonly once: Once;
}

/** A primitive that a scenario is about: which, the state that it starts in, and the first word of its own. */
export type Spec = readonly [kind: keyof Kinds, state: number, own?: number];
type Of<S extends readonly Spec[]> = { readonly [I in keyof S]: Kinds[S[I][0]] };

/** The parts of a scenario about these primitives; `local` has them in their order. */
export function about<const S extends readonly Spec[]>(
  ...specs: S
): {
  memory: () => SharedArrayBuffer;
  setup: (buffer: SharedArrayBuffer) => Handle[];
  attach: (context: { buffer: SharedArrayBuffer; shared: Handle[]; thread: number }) => Of<S>;
  words: (buffer: SharedArrayBuffer, shared: Handle[]) => WordNames;
} {
  return {
    memory: arenaMemory,

    setup: (buffer) => {
      const arena = Arena.attach(buffer);
      return specs.map(([kind, state, own = 0]) => {
        const offset = arena.allocate(PRIMITIVE_BYTES, KIND[kind]);
        arena.i32[(offset >> 2) + STATE] = state;
        arena.i32[(offset >> 2) + OWN] = own;
        return { buffer, kind: KIND[kind], offset };
      });
    },

    attach: (context) => {
      takePlace(context);
      return context.shared.map((handle) => revive({ ...handle, buffer: context.buffer })) as unknown as Of<S>;
    },

    words: (_buffer, shared) => {
      const names = bellWords();
      for (const [index, { offset }] of shared.entries()) {
        const words = { STATE, INTEREST, VERSION, RESERVED, OWN };
        for (const [name, word] of Object.entries(words)) names[`${name} of ${index}`] = offset + word * 4;
      }
      return names;
    },
  };
}

/** The state of each primitive, for `check`. */
export function statesOf({ buffer, shared }: { buffer: SharedArrayBuffer; shared: readonly Handle[] }): number[] {
  const words = new Int32Array(buffer);
  return shared.map(({ offset }) => words[(offset >> 2) + STATE] as number);
}

/** What scenarios of locks share: the primitives in an arena, and the deaths that somebody sees to. */
import { arenaMemory, bellWords, takePlace } from './_arena.ts';
import { Arena } from '../../src/memory/arena.ts';
import type { Handle } from '../../src/memory/shared-object.ts';
import { Condition } from '../../src/signal/condition.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import { isAbandoned, ownerOf } from '../../src/signal/lock-word.ts';
import { Mutex } from '../../src/signal/mutex.ts';
import { INTEREST, KIND, OWN, RESERVED, STATE } from '../../src/signal/primitive-block.ts';
import { ReadWriteLock } from '../../src/signal/read-write-lock.ts';
import type { ThreadContext, WordNames } from './scenario.ts';

/** Bytes of a block with a word per thread. */
const WITH_THREADS = 64 + 64 * 4;

interface Kinds {
  readonly mutex: Mutex;
  readonly condition: Condition;
  readonly readWriteLock: ReadWriteLock;
}

type Of<K extends readonly (keyof Kinds)[]> = { readonly [I in keyof K]: Kinds[K[I]] };

/** The parts of a scenario about these locks; `local` has them in their order. A condition is of the lock before it. */
export function locks<const K extends readonly (keyof Kinds)[]>(
  ...kinds: K
): {
  memory: () => SharedArrayBuffer;
  setup: (buffer: SharedArrayBuffer) => Handle[];
  attach: (context: { buffer: SharedArrayBuffer; shared: Handle[]; thread: number }) => Of<K>;
  words: (buffer: SharedArrayBuffer, shared: Handle[]) => WordNames;
} {
  return {
    memory: arenaMemory,

    setup: (buffer) => {
      const arena = Arena.attach(buffer);
      let before = 0;
      return kinds.map((kind) => {
        const offset = arena.allocate(WITH_THREADS, KIND[kind]);
        if (kind === 'condition') {
          arena.i32[(offset >> 2) + OWN] = before;
          arena.i32[(offset >> 2) + OWN + 1] = arena.generation(before);
        }
        before = offset;
        return { buffer, kind: KIND[kind], offset };
      });
    },

    attach: (context) => {
      takePlace(context);
      return context.shared.map(({ kind, offset }) => {
        const handle = { buffer: context.buffer, kind, offset };
        if (kind === KIND.mutex) return Mutex.from(handle);
        return kind === KIND.condition ? Condition.from(handle) : ReadWriteLock.from(handle);
      }) as unknown as Of<K>;
    },

    words: (_buffer, shared) => {
      const names = bellWords();
      for (const [index, { kind, offset }] of shared.entries()) {
        const words: Record<string, number> = { STATE, INTEREST, RESERVED };
        if (kind === KIND.readWriteLock) words['READERS'] = OWN;
        for (let thread = 0; kind === KIND.condition && thread < 4; thread++) words[`thread ${thread}`] = 16 + thread;
        for (const [name, word] of Object.entries(words)) names[`${name} of ${index}`] = offset + word * 4;
      }
      return names;
    },
  };
}

/** The owner of the lock at a handle, and whether it is marked as abandoned. */
export function lockState(
  { buffer, shared }: { buffer: SharedArrayBuffer; shared: readonly Handle[] },
  index = 0,
): { owner: number; abandoned: boolean } {
  const word = new Int32Array(buffer)[((shared[index] as Handle).offset >> 2) + STATE] as number;
  return { owner: ownerOf(word), abandoned: isAbandoned(word) };
}

/** Sees to a death, if there is one. Resolves to who died. */
export async function bury({
  buffer,
  nextDeath,
}: Pick<ThreadContext<unknown, unknown>, 'buffer' | 'nextDeath'>): Promise<number | undefined> {
  const dead = await nextDeath();
  if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
  return dead;
}

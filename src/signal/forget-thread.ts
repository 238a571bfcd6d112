/**
 * Makes good what a dead thread can no longer do: it will answer no ring, and may have died between changing a
 * primitive and ringing for it. Whoever observes the end of a thread calls this once, before its place is given to
 * another.
 */
import type { Arena } from '../memory/arena.ts';
import { add, compareExchange, load } from '../memory/atomic.ts';
import { ringAll } from './doorbell.ts';
import {
  forEachInterested,
  KIND,
  leave,
  nextInterested,
  NO_THREAD,
  RESERVED,
  STATE,
  VERSION,
} from './primitive-block.ts';
import { wake } from './wait-set.ts';

/**
 * Takes `thread` off all primitives of `arena` and rings survivors wherever a ring may have died with it.
 *
 * @param thread - the dead thread's index in the arena's thread table
 */
export function forgetThread(arena: Arena, thread: number): void {
  const words = arena.i32;
  // First all bits, then all rings: a ring that goes to the dead thread after this is nobody's.
  for (const { offset, kind } of primitivesOf(arena)) {
    const base = offset >> 2;
    leave(words, base, thread);
    const reservation = load(words, base + RESERVED);
    if (kind === KIND.semaphore && reservation >>> 24 === thread + 1) {
      compareExchange(words, base + RESERVED, reservation, 0);
    }
  }
  for (const { offset, kind } of primitivesOf(arena)) {
    const base = offset >> 2;
    if (kind === KIND.manualResetEvent) {
      // Even if it is not set now: it may have been set and reset, and those who waited in between not been rung.
      forEachInterested(words, base, (interested) => wake(arena, offset, interested));
    } else if (load(words, base + STATE) !== 0) {
      // The version: those who were asked before are asked again, for the dead thread may have released permits since.
      if (kind === KIND.semaphore) add(words, base + VERSION, 1);
      const next = nextInterested(words, base, thread);
      if (next !== NO_THREAD) wake(arena, offset, next);
    }
  }
  // A ring has two steps as well: taking the flag, and notifying.
  ringAll(arena);
}

function primitivesOf(arena: Arena): Array<{ readonly offset: number; readonly kind: number }> {
  const kinds: ReadonlySet<number> = new Set(Object.values(KIND));
  return [...arena.blocks()].filter(({ kind }) => kinds.has(kind));
}

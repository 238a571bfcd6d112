/**
 * Makes good what a dead thread can no longer do: it will answer no ring, and may have died between changing a
 * primitive and ringing for it. Whoever observes the end of a thread calls this once, before its place is given to
 * another.
 */
import type { Arena } from '../memory/arena.ts';
import { ringAll } from './doorbell.ts';
import { leave } from './primitive-block.ts';
import { type Recovery, recoveryOf } from './recovery.ts';

/**
 * Takes `thread` off all primitives of `arena` and rings survivors wherever a ring may have died with it.
 *
 * @param thread - the dead thread's index in the arena's thread table
 */
export function forgetThread(arena: Arena, thread: number): void {
  // First all bits, then all rings: a ring that goes to the dead thread after this is nobody's.
  for (const { offset, recovery } of primitivesOf(arena)) {
    recovery.forget?.(arena, offset, thread);
    leave(arena.i32, offset >> 2, thread);
  }
  for (const { offset, recovery } of primitivesOf(arena)) recovery.alert(arena, offset, thread);
  // A ring has two steps as well: taking the flag, and notifying.
  ringAll(arena);
}

function* primitivesOf(arena: Arena): Generator<{ readonly offset: number; readonly recovery: Recovery }> {
  for (const { offset, kind } of [...arena.blocks()]) {
    const recovery = recoveryOf(kind);
    if (recovery !== undefined) yield { offset, recovery };
  }
}

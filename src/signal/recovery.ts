/**
 * What the death of a thread leaves undone in a primitive, by kind. Each primitive says in its own file how to make it
 * good; forget-thread.ts has them all do it.
 */
import type { Arena } from '../memory/arena.ts';

/** How one kind of primitive recovers from the death of a thread. Called with its block, in the observer's thread. */
export interface Recovery {
  /**
   * Takes back what the dead thread still had of the primitive: a reservation, a lock, an arrival. Its interest is
   * cleared right after, so an observer that dies in between has the next one find everything as it was. It may be
   * called again for the same death, by another observer or at the same time.
   */
  forget?(arena: Arena, offset: number, thread: number): void;
  /**
   * Wakes the survivors that the dead thread may have owed a ring, or that `forget` has changed something for. Called
   * once all primitives have forgotten the thread.
   */
  alert(arena: Arena, offset: number, thread: number): void;
}

const recoveries = new Map<number, Recovery>();

/** Says how primitives of a kind recover. Called once per kind, by the file that defines it. */
export function registerRecovery(kind: number, recovery: Recovery): void {
  recoveries.set(kind, recovery);
}

/** How primitives of `kind` recover; undefined if blocks of that kind are no primitives, or unknown to this thread. */
export function recoveryOf(kind: number): Recovery | undefined {
  return recoveries.get(kind);
}

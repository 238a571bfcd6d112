/** Wakes those who wait for a primitive of which each change lets one go on. */
import type { Arena } from '../memory/arena.ts';
import { load, store } from '../memory/atomic.ts';
import { CURSOR, forEachInterested, nextInterested, NO_THREAD } from '../signal/primitive-block.ts';
import { wake } from '../signal/local-waits.ts';

/** Wakes one of the threads that wait for the primitive at `offset`: one after the other, so that none is left out. */
export function wakeNext(arena: Arena, offset: number): void {
  const base = offset >> 2;
  const next = nextInterested(arena.i32, base, load(arena.i32, base + CURSOR));
  if (next === NO_THREAD) return;
  store(arena.i32, base + CURSOR, next);
  wake(arena, offset, next);
}

/** Wakes another thread than `thread`. */
export function wakeOther(arena: Arena, offset: number, thread: number): void {
  const next = nextInterested(arena.i32, offset >> 2, thread);
  if (next !== NO_THREAD && next !== thread) wake(arena, offset, next);
}

/** Wakes all of them. */
export function wakeAll(arena: Arena, offset: number): void {
  forEachInterested(arena.i32, offset >> 2, (thread) => wake(arena, offset, thread));
}

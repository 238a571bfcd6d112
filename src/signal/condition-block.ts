/**
 * The block of a condition: beside the line that every primitive has, a word per thread, so that what one thread does
 * is exact whatever becomes of the others.
 *
 *     line 0           as in primitive-block.ts; then the offset and the generation of the mutex
 *     line 1 to 4      per thread: waiters (16 bits) | how many of them were notified (16 bits, above)
 */
import { type Arena, MAX_THREADS } from '../memory/arena.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { LINE_WORDS } from '../memory/layout.ts';
import { registerDescription } from './description.ts';
import { forEachInterested, KIND, OWN } from './primitive-block.ts';
import { registerRecovery } from './recovery.ts';
import { wake } from './local-waits.ts';

export const MUTEX: number = OWN;
export const MUTEX_GENERATION: number = OWN + 1;
export const PER_THREAD: number = LINE_WORDS;
export const CONDITION_BYTES: number = (PER_THREAD + MAX_THREADS) * 4;
/** That one thread can have; also the mask of their number. */
export const MOST_WAITERS = 0xffff;
export const ONE_NOTIFIED = 0x10000;

/** The threads that are interested at this moment, in turn: first those after `thread`. */
export function interestedAfter(words: Int32Array, base: number, thread: number): number[] {
  const interested: number[] = [];
  forEachInterested(words, base, (each) => interested.push(each));
  const next = interested.findIndex((each) => each > thread);
  return next <= 0 ? interested : [...interested.slice(next), ...interested.slice(0, next)];
}

/** Counts all waiters of all threads as notified, and rings them. */
export function notifyEveryone(arena: Arena, offset: number): void {
  forEachInterested(arena.i32, offset >> 2, (thread) => {
    notify(arena.i32, offset >> 2, thread, MOST_WAITERS);
    // Also those that know: who notified them may have died before it rang.
    wake(arena, offset, thread);
  });
}

/** Counts up to `most` more waiters of `thread` as notified. Returns whether there were any. */
export function notify(words: Int32Array, base: number, thread: number, most: number): boolean {
  const word = base + PER_THREAD + thread;
  for (;;) {
    const count = load(words, word);
    const unaware = Math.min((count & MOST_WAITERS) - (count >>> 16), most);
    if (unaware === 0) return false;
    if (compareExchange(words, word, count, (count + unaware * ONE_NOTIFIED) | 0) === count) return true;
  }
}

registerRecovery(KIND.condition, {
  forget: ({ i32 }, offset, thread) => void store(i32, (offset >> 2) + PER_THREAD + thread, 0),
  alert: (arena, offset) => notifyEveryone(arena, offset),
});

registerDescription(KIND.condition, ({ i32 }, offset) => {
  let waiters = 0;
  for (let thread = 0; thread < MAX_THREADS; thread++) {
    waiters += load(i32, (offset >> 2) + PER_THREAD + thread) & MOST_WAITERS;
  }
  return { state: `${waiters} wait, of the Mutex at ${load(i32, (offset >> 2) + MUTEX)}`, holders: [] };
});

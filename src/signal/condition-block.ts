/**
 * The state of a condition: beside the line that every primitive has, a word per thread, so that what one thread does
 * is exact whatever becomes of the others.
 *
 *     line 0           as in primitive-block.ts; then the offset and the generation of the mutex
 *     line 1 to 4      per thread: waiters (16 bits) | how many of them were notified (16 bits, above)
 *
 * To wait: set the thread's bit in `interest`, count the waiter up, and only then release the mutex. To notify: go
 * through the interested threads in turn, count one waiter as notified where there is one that is not, ring the thread.
 * A thread that is rung takes its notifications for its waiters, first come first; each goes on and locks the mutex.
 *
 * **No notification is lost.** Who changes what is guarded has the mutex, so it comes after the waiter has counted
 * itself, or the waiter sees the change. A notification is given to a thread that has a waiter for it; if that waiter
 * is cancelled first, it counts itself off, and if it leaves a notification over, passes that on. None is stored: with
 * nobody left who was not notified, there is nobody who could miss it. **None is taken by who came later:** within a
 * thread they are served in order (one that blocks has those before it look first), and each thread has its own.
 *
 * **Death.** A thread may die with a notification, after it took one, or having changed things and before it notified.
 * Whoever observes the death clears its word and notifies all: everybody looks once more.
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
const PER_THREAD: number = LINE_WORDS;
export const CONDITION_BYTES: number = (PER_THREAD + MAX_THREADS) * 4;
/** That one thread can have; also the mask of their number. */
const MOST_WAITERS = 0xffff;
const ONE_NOTIFIED = 0x10000;

/** Counts a waiter of `thread` that will be notified. */
export function countWaiter(words: Int32Array, base: number, thread: number): void {
  const word = base + PER_THREAD + thread;
  for (;;) {
    const count = load(words, word);
    if ((count & MOST_WAITERS) === MOST_WAITERS) {
      throw new RangeError(`Cannot wait for the Condition: ${MOST_WAITERS} wait in this thread already`);
    }
    if (compareExchange(words, word, count, count + 1) === count) return;
  }
}

/** Takes a notification for one of the waiters of `thread`, who is no longer counted. Returns whether there was one. */
export function takeNotification(words: Int32Array, base: number, thread: number): boolean {
  const word = base + PER_THREAD + thread;
  for (;;) {
    const count = load(words, word);
    if (count >>> 16 === 0) return false;
    if (compareExchange(words, word, count, count - ONE_NOTIFIED - 1) === count) return true;
  }
}

/** Counts a waiter of `thread` off. Returns whether that leaves a notification over, which is to be passed on. */
export function countOff(words: Int32Array, base: number, thread: number): boolean {
  const word = base + PER_THREAD + thread;
  for (;;) {
    const count = load(words, word);
    const waiters = (count & MOST_WAITERS) - 1;
    const notified = count >>> 16;
    const kept = Math.min(notified, waiters);
    if (compareExchange(words, word, count, (kept << 16) | waiters) === count) return kept < notified;
  }
}

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

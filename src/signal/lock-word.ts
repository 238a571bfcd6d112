/**
 * The word of a lock: who has it, which hold it is, and whether a thread died with it.
 *
 *     bits 0-6    owner      the thread that has it, plus 1; 0 while nobody has
 *     bit  7      abandoned  a thread died while it had the lock, and nobody has released it since
 *     bit  8      granted    of a read-write lock: the owner writes. Without it, it waits for the readers to leave
 *     bits 9-31   count      of releases
 *
 * The owner comes with a CAS and goes with a store, since nobody else writes the word of a lock that is held by a
 * living thread. The count makes each hold a different number: a guard that is released late, or twice, or whose thread
 * was taken for dead, does not release somebody else's hold (the 2^23 releases that make it start anew, all within the
 * life of one stale guard, are the exception). It also is the version of the lock: each release gives waiters a new
 * chance.
 *
 * A dead owner's word becomes "free, abandoned" by a CAS that names the owner, so it may be done twice; the flag stays
 * until the next owner, who is told, has released.
 */
import { compareExchange, load } from '../memory/atomic.ts';

const OWNER = 0x7f;
const ABANDONED = 0x80;
const GRANTED = 0x100;
const RELEASE = 0x200;
const COUNT = -RELEASE;

/** The owner, or `NO_THREAD`. */
export function ownerOf(word: number): number {
  return (word & OWNER) - 1;
}

export function isAbandoned(word: number): boolean {
  return (word & ABANDONED) !== 0;
}

export function isGranted(word: number): boolean {
  return (word & GRANTED) !== 0;
}

/** A free word, taken. */
export function takenBy(word: number, thread: number): number {
  return word | (thread + 1);
}

/** A taken word, granted. */
export function granted(word: number): number {
  return word | GRANTED;
}

/** Free: what the lock guards is whole. */
export function released(word: number): number {
  return ((word & COUNT) + RELEASE) | 0;
}

/** Free, but whoever had it did nothing with it: the next is told what this one would have been. */
export function givenBack(word: number): number {
  return released(word) | (word & ABANDONED);
}

/** Free, by the death of its owner. */
export function abandoned(word: number): number {
  return released(word) | ABANDONED;
}

/** How many times it has been released. */
export function releasesOf(word: number): number {
  return word >>> 9;
}

/** Frees the lock at `index` if `thread`, which is dead, had it. */
export function abandonBy(words: Int32Array, index: number, thread: number, after: (word: number) => number): void {
  const word = load(words, index);
  if (ownerOf(word) === thread) compareExchange(words, index, word, after(word));
}

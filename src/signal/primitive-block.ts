/**
 * A primitive's block in the arena: one line, written by every thread that uses the primitive.
 *
 *     word 0     state     what the primitive is about: set or not, how many permits
 *     word 1, 2  interest  one bit per attached thread that has waiters for it
 *     word 3     version   of a semaphore: counts what can only help waiters (a release, a reservation given up)
 *     word 4     cursor    of a semaphore: the thread that was last chosen to be woken; a hint, for fairness
 *     word 5     reserved  of a semaphore: thread (7 bits, plus 1) and permits (24 bits) of one waiter; a hint, or 0
 *     word 6 on            what else a kind of primitive needs; it says so in its own file
 *
 * **Why no wake-up is lost.** A thread that waits sets its bit in `interest` and only then looks at `state`; a thread
 * that changes `state` does so first and only then reads `interest`. All atomics have one order, so either the waiter
 * sees the new state, or the changer sees the bit and rings (see doorbell.ts for why the ring itself is not lost).
 * Likewise at the end: a thread that has no more waiters clears its bit and only then looks at `state` once more, and
 * if something is left that others wait for, it rings one of them. So a ring that reached it too late is passed on.
 *
 * **The invariant** for what only one waiter can have (permits, an auto-reset event): if something is available and
 * some thread is interested, then some interested living thread has a ring that it has not answered yet, or was asked
 * about this very version and could not use it. A thread that dies may break it at any step; whoever observes the
 * death restores it (forget-thread.ts).
 */
import { and, load, or } from '../memory/atomic.ts';

/** The kinds of primitives, as found in handles and in the arena's reports. */
export const KIND = {
  manualResetEvent: 0x0101,
  autoResetEvent: 0x0102,
  semaphore: 0x0103,
  latch: 0x0104,
  barrier: 0x0105,
  waitGroup: 0x0106,
  once: 0x0107,
  mutex: 0x0108,
  condition: 0x0109,
  readWriteLock: 0x010a,
  channel: 0x0201,
  topic: 0x0202,
  rateLimiter: 0x0301,
  cancelToken: 0x0401,
} as const;

/** Bytes of a block unless its primitive asks for more. */
export const PRIMITIVE_BYTES = 64;

/** Word indices in the block. */
export const STATE = 0;
export const INTEREST = 1;
export const VERSION = 3;
export const CURSOR = 4;
export const RESERVED = 5;
/** The first word that is a primitive's own. */
export const OWN = 6;

/** There is no such thread. */
export const NO_THREAD = -1;

/** Sets the bit of `thread`. Must come before the check of the state that decides to wait. */
export function join(words: Int32Array, base: number, thread: number): void {
  or(words, base + INTEREST + (thread >> 5), 1 << (thread & 31));
}

/** Clears the bit of `thread`. Must come before the last look at what is left for others. */
export function leave(words: Int32Array, base: number, thread: number): void {
  and(words, base + INTEREST + (thread >> 5), ~(1 << (thread & 31)));
}

export function isInterested(words: Int32Array, base: number, thread: number): boolean {
  return (load(words, base + INTEREST + (thread >> 5)) & (1 << (thread & 31))) !== 0;
}

/** The interested thread that comes next after `thread` in the order of their numbers, round and round, itself last. */
export function nextInterested(words: Int32Array, base: number, thread: number): number {
  const start = (thread + 1) & 63;
  const near = start >> 5;
  const fromStart = -1 << (start & 31);
  const nearWord = load(words, base + INTEREST + near);
  if ((nearWord & fromStart) !== 0) return near * 32 + lowestBit(nearWord & fromStart);
  const farWord = load(words, base + INTEREST + (1 - near));
  if (farWord !== 0) return (1 - near) * 32 + lowestBit(farWord);
  const rest = nearWord & ~fromStart;
  return rest === 0 ? NO_THREAD : near * 32 + lowestBit(rest);
}

/** Calls `visit` for every thread that is interested now. */
export function forEachInterested(words: Int32Array, base: number, visit: (thread: number) => void): void {
  for (let half = 0; half < 2; half++) {
    const word = load(words, base + INTEREST + half);
    for (let bits = word; bits !== 0; bits &= bits - 1) visit(half * 32 + lowestBit(bits));
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

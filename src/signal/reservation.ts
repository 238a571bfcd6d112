/**
 * Fairness of locks. A released lock is not handed to the thread that was rung for it: whoever asks first has it, which
 * is faster by a wake-up for each hold, but a busy thread could lock again and again before a sleeping one is awake. So
 * a waiter that was passed over `PATIENCE` times reserves the lock for its thread, and no other thread takes it then
 * (eventual fairness, after WebKit's locks: https://webkit.org/blog/6161/locking-in-webkit/).
 *
 * The word is a thread plus 1, or 0. It bars others but gives nothing: a thread that dies with it takes nothing along.
 */
import { compareExchange, load } from '../memory/atomic.ts';
import { RESERVED } from './primitive-block.ts';
import type { Waiter } from './wait.ts';

/** How often a waiter lets others go before it. */
const PATIENCE = 8;

/** The thread that the lock is reserved for, or `NO_THREAD`. */
export function reservedFor(words: Int32Array, base: number): number {
  return load(words, base + RESERVED) - 1;
}

/** Whether `thread` must leave the lock to another. */
export function isReservedForOther(words: Int32Array, base: number, thread: number): boolean {
  const reservation = load(words, base + RESERVED);
  return reservation !== 0 && reservation !== thread + 1;
}

/** `waiter` was passed over once more. Returns whether it has the reservation from now on. */
export function reserveInTime(words: Int32Array, base: number, waiter: Waiter, thread: number): boolean {
  if (waiter.isHeld || ++waiter.passedOver < PATIENCE) return false;
  waiter.isHeld = compareExchange(words, base + RESERVED, 0, thread + 1) === 0;
  return waiter.isHeld;
}

/** Takes back the reservation of `thread`, if it has it. */
export function unreserve(words: Int32Array, base: number, thread: number): void {
  compareExchange(words, base + RESERVED, thread + 1, 0);
}

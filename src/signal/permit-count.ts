/**
 * The words of a semaphore: how many permits are free, how many there are, and for whom some are kept.
 *
 * The state is the number of permits that are free; a CAS takes them. Who adds some (`release`, a cancelled wait)
 * first adds, then counts up the version, then rings as many interested threads as there are new permits. A thread
 * that was rung takes what its waiters want, first come first; if permits are left that they cannot use, or it has no
 * waiters any more, it rings the next interested thread. With weights that baton could go round for ever, so a thread
 * passes it once for each version: by then every interested thread has tried with at least these permits.
 *
 * Within one thread waiters are served strictly in order, so a large request is not starved by small ones. Threads
 * are rung in turn, but one that is awake may take a permit before one that has been rung. A waiter that was passed
 * over `PATIENCE` times therefore makes a reservation, one per semaphore: a word that names its thread and
 * how many permits it wants. Others then take only what leaves that many. It is a hint to the others and never an
 * account, so a thread that dies with a reservation loses nobody a permit.
 *
 * The semaphore may be made smaller while permits are out: the state is then negative until enough have come back.
 *
 * After tokio's batch semaphore (https://docs.rs/tokio/latest/tokio/sync/struct.Semaphore.html) in what it promises,
 * and WebKit's parking lot (https://webkit.org/blog/6161/locking-in-webkit/) in that it is fair eventually, not
 * always.
 */
import type { Arena } from '../memory/arena.ts';
import { add, compareExchange, load, store, sub } from '../memory/atomic.ts';
import { MAX_THREADS } from '../memory/layout.ts';
import { MOST } from './check-count.ts';
import { CURSOR, isInterested, nextInterested, NO_THREAD, OWN, RESERVED, STATE, VERSION } from './primitive-block.ts';
import { wake } from './local-waits.ts';
import type { Waiter } from './wait.ts';

/** How many permits there are in all: what the semaphore was made with, or resized to since. */
export const TOTAL: number = OWN;

/** How often a waiter lets others go before it. */
const PATIENCE = 8;
/** A reservation has room for so many; who asks for more gets none. */
const MOST_RESERVED = 2 ** 24 - 1;

/** Takes `count` permits, or none if that would touch what is reserved for another thread than `thread`. */
export function takePermits(words: Int32Array, base: number, count: number, thread: number): boolean {
  for (;;) {
    const reservation = load(words, base + RESERVED);
    const mine = reservation >>> 24 === thread + 1;
    const needed = mine ? count : count + (reservation & MOST_RESERVED);
    const free = load(words, base + STATE);
    if (free < needed) return false;
    if (compareExchange(words, base + STATE, free, free - count) === free) return true;
  }
}

/** Adds `count` free permits to the semaphore at `offset`, and rings those who may want them. */
export function givePermits(arena: Arena, offset: number, count: number): void {
  const base = offset >> 2;
  let free: number;
  do {
    free = load(arena.i32, base + STATE);
    if (free + count > MOST) {
      throw new RangeError(`Cannot release ${count} permits: ${free} are free, and there can be no more than ${MOST}`);
    }
  } while (compareExchange(arena.i32, base + STATE, free, free + count) !== free);
  add(arena.i32, base + VERSION, 1);
  // Those that only make up for permits which there are no more are nobody's.
  wakeUpTo(arena, offset, Math.min(count, free + count));
}

/**
 * Changes how many permits there are.
 *
 * If there are to be fewer, first they go, then the total says so; if more, the other way round. A thread that dies in
 * between leaves fewer free permits than the total promises, as if it had died with them; never more.
 */
export function resizePermits(arena: Arena, offset: number, permits: number): void {
  const base = offset >> 2;
  for (;;) {
    const total = load(arena.i32, base + TOTAL);
    const fewer = Math.max(0, total - permits);
    if (fewer > 0) sub(arena.i32, base + STATE, fewer);
    if (compareExchange(arena.i32, base + TOTAL, total, permits) === total) {
      if (permits > total) givePermits(arena, offset, permits - total);
      return;
    }
    // Another thread resized it meanwhile.
    if (fewer > 0) givePermits(arena, offset, fewer);
  }
}

/** `waiter` was passed over once more. Returns whether it has the reservation from now on. */
export function reservePermits(words: Int32Array, base: number, waiter: Waiter, thread: number): boolean {
  if (waiter.isHeld || waiter.amount > MOST_RESERVED || ++waiter.passedOver < PATIENCE) return false;
  const reservation = ((thread + 1) << 24) | waiter.amount;
  waiter.isHeld = compareExchange(words, base + RESERVED, 0, reservation) === 0;
  return waiter.isHeld;
}

/** Takes back the reservation of `thread`, if it has it. */
export function forgetReservation(words: Int32Array, base: number, thread: number): void {
  const reservation = load(words, base + RESERVED);
  if (reservation >>> 24 === thread + 1) compareExchange(words, base + RESERVED, reservation, 0);
}

/** The thread to wake: the one with a reservation, which nobody may go before, else the next in turn. */
export function nextForPermits(words: Int32Array, base: number, thread: number): number {
  const reservedBy = (load(words, base + RESERVED) >>> 24) - 1;
  if (reservedBy >= 0 && reservedBy !== thread && isInterested(words, base, reservedBy)) return reservedBy;
  return nextInterested(words, base, thread);
}

/** Rings one thread for each new permit, each thread once. */
function wakeUpTo(arena: Arena, offset: number, count: number): void {
  const words = arena.i32;
  const base = offset >> 2;
  const first = nextForPermits(words, base, load(words, base + CURSOR));
  let next = first;
  for (let left = Math.min(count, MAX_THREADS); next !== NO_THREAD && left > 0; left--) {
    store(words, base + CURSOR, next);
    wake(arena, offset, next);
    next = nextInterested(words, base, next);
    if (next === first) return;
  }
}

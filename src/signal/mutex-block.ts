/**
 * The state of a mutex, and what becomes of it when threads die.
 *
 * The state is a lock word (lock-word.ts): a CAS takes it, a store by the owner frees it. Who frees it rings one
 * interested thread, the next in turn or the one with a reservation (reservation.ts). A thread that was rung tries to
 * take it; if it no longer wants it and the lock is free, it rings the next. If another thread was faster, that one
 * will ring when it releases. So if the lock is free and some thread is interested, a living one has a ring that it has
 * not answered, or it dies, and then:
 *
 * **Death.** The observer frees the word if it names the dead thread, and rings the next for whatever the dead one
 * owed: it may have died between the store and the ring, or with a ring in its hand. Both repeat harmlessly. As with
 * the robust mutexes of POSIX the next owner is told
 * (https://pubs.opengroup.org/onlinepubs/9799919799/functions/pthread_mutex_consistent.html); unlike there, releasing
 * says that all is well again.
 */
import type { Arena } from '../memory/arena.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { registerDescription } from './description.ts';
import { abandonBy, abandoned, isAbandoned, ownerOf, takenBy } from './lock-word.ts';
import { isInterested, KIND, nextInterested, NO_THREAD, STATE } from './primitive-block.ts';
import { registerRecovery } from './recovery.ts';
import { isReservedForOther, reservedFor, unreserve } from './reservation.ts';
import { wake } from './local-waits.ts';

/** Takes it for `thread` if it is free, and not reserved for another one. */
export function takeMutex(words: Int32Array, base: number, thread: number): boolean {
  for (;;) {
    const word = load(words, base + STATE);
    if (ownerOf(word) !== NO_THREAD || isReservedForOther(words, base, thread)) return false;
    if (compareExchange(words, base + STATE, word, takenBy(word, thread)) === word) return true;
  }
}

/**
 * Frees it and rings the next. Only its owner may.
 *
 * @param word - the state from now on
 */
export function freeMutex(arena: Arena, offset: number, word: number, thread: number): void {
  const base = offset >> 2;
  store(arena.i32, base + STATE, word);
  const next = nextToHave(arena.i32, base, thread);
  if (next !== NO_THREAD) wake(arena, offset, next);
}

/** The thread to ring: the one with a reservation, which nobody may go before, else the next in turn. */
export function nextToHave(words: Int32Array, base: number, thread: number): number {
  const reserved = reservedFor(words, base);
  if (reserved !== NO_THREAD && isInterested(words, base, reserved)) return reserved;
  return nextInterested(words, base, thread);
}

registerRecovery(KIND.mutex, {
  forget({ i32 }, offset, thread) {
    const base = offset >> 2;
    abandonBy(i32, base + STATE, thread, abandoned);
    unreserve(i32, base, thread);
  },
  alert(arena, offset, thread) {
    const base = offset >> 2;
    if (ownerOf(load(arena.i32, base + STATE)) !== NO_THREAD) return;
    const next = nextToHave(arena.i32, base, thread);
    if (next !== NO_THREAD) wake(arena, offset, next);
  },
});

registerDescription(KIND.mutex, ({ i32 }, offset) => {
  const word = load(i32, (offset >> 2) + STATE);
  const owner = ownerOf(word);
  const told = isAbandoned(word) ? ', abandoned by a thread that died' : '';
  return {
    state: (owner === NO_THREAD ? 'free' : `held by thread ${owner}`) + told,
    holders: owner === NO_THREAD ? [] : [owner],
  };
});

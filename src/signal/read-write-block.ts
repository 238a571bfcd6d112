/**
 * The block of a read-write lock.
 *
 *     line 0           the state is a lock word (lock-word.ts) of the writer; the words of its own: one bit per thread
 *                      that reads
 *     line 1 to 4      per thread: how many of its flows read. Plain: only that thread writes it
 */
import { type Arena, MAX_THREADS } from '../memory/arena.ts';
import { and, load } from '../memory/atomic.ts';
import { LINE_WORDS } from '../memory/layout.ts';
import { registerDescription } from './description.ts';
import { abandonBy, abandoned, givenBack, isAbandoned, isGranted, ownerOf } from './lock-word.ts';
import { forEachInterested, KIND, NO_THREAD, OWN, STATE } from './primitive-block.ts';
import { registerRecovery } from './recovery.ts';
import { unreserve } from './reservation.ts';
import { wake } from './local-waits.ts';

export const READERS: number = OWN;
export const COUNTS: number = LINE_WORDS;
export const READ_WRITE_BYTES: number = (COUNTS + MAX_THREADS) * 4;

/** The threads in which somebody reads, or is about to find out that it may not. */
export function readersOf({ i32 }: Arena, offset: number): number[] {
  const readers: number[] = [];
  for (let thread = 0; thread < MAX_THREADS; thread++) {
    const word = load(i32, (offset >> 2) + READERS + (thread >> 5));
    if ((word & (1 << (thread & 31))) !== 0) readers.push(thread);
  }
  return readers;
}

registerRecovery(KIND.readWriteLock, {
  forget({ i32 }, offset, thread) {
    const base = offset >> 2;
    and(i32, base + READERS + (thread >> 5), ~(1 << (thread & 31)));
    i32[base + COUNTS + thread] = 0;
    abandonBy(i32, base + STATE, thread, (word) => (isGranted(word) ? abandoned(word) : givenBack(word)));
    unreserve(i32, base, thread);
  },
  alert: (arena, offset) => forEachInterested(arena.i32, offset >> 2, (thread) => wake(arena, offset, thread)),
});

registerDescription(KIND.readWriteLock, (arena, offset) => {
  const word = load(arena.i32, (offset >> 2) + STATE);
  const owner = ownerOf(word);
  const readers = readersOf(arena, offset);
  const told = isAbandoned(word) ? ', abandoned by a writer that died' : '';
  const read = `read by ${readers.length === 1 ? 'thread' : 'threads'} ${readers.join(', ')}`;
  if (owner !== NO_THREAD && isGranted(word)) return { state: `written by thread ${owner}${told}`, holders: [owner] };
  if (owner === NO_THREAD) return { state: (readers.length === 0 ? 'free' : read) + told, holders: readers };
  return { state: `${read}, then to be written by thread ${owner}${told}`, holders: [...readers, owner] };
});

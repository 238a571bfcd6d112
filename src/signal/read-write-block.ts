/**
 * The state of a read-write lock.
 *
 *     line 0           the state is a lock word (lock-word.ts) of the writer; the words of its own: one bit per thread
 *                      that reads
 *     line 1 to 4      per thread: how many of its flows read. Plain: only that thread writes it
 *
 * A reader sets its thread's bit and then looks at the writer's word; if there is a writer, it takes the bit back and
 * waits. A writer claims the word and then looks at the bits; if there are readers, it waits until they have left, and
 * no new ones come in, so that they cannot starve it. All atomics have one order: a reader and a writer at the same
 * moment cannot both miss each other (Dekker's argument,
 * https://www.cs.utexas.edu/~EWD/transcriptions/EWD01xx/EWD123.html). Only when the bits are clear the word is marked
 * as granted; that mark tells a writer that dies from one that only waited.
 *
 * **Who rings.** A thread whose last reader leaves, or takes its bit back, then looks at the writer's word and rings
 * the thread that waits there. Whoever frees that word rings all interested threads. So does whoever drops a
 * reservation (reservation.ts), since it may have barred any of them. There is no baton, so none is lost by a thread
 * that dies.
 *
 * A claim belongs to a thread, for whichever of its waiters comes first. A reader of the same thread that goes before
 * them, because it blocks, passes the claim: it would otherwise wait for what cannot go on.
 *
 * **Death.** Each step leaves at most a bit or a claim that names the dead thread. The observer clears both, as often
 * as it likes, and rings everybody.
 */
import { type Arena, MAX_THREADS } from '../memory/arena.ts';
import { and, compareExchange, load, or, store } from '../memory/atomic.ts';
import { LINE_WORDS } from '../memory/layout.ts';
import { registerDescription } from './description.ts';
import {
  abandonBy,
  abandoned,
  givenBack,
  granted,
  isAbandoned,
  isGranted,
  ownerOf,
  released,
  takenBy,
} from './lock-word.ts';
import { forEachInterested, KIND, NO_THREAD, OWN, STATE } from './primitive-block.ts';
import { registerRecovery } from './recovery.ts';
import { isReservedForOther, reservedFor, unreserve } from './reservation.ts';
import { wake } from './local-waits.ts';

const READERS: number = OWN;
const COUNTS: number = LINE_WORDS;
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

/** One lock's state, and what a thread does with it. */
export class ReadWriteBlock {
  readonly #arena: Arena;
  readonly #offset: number;
  readonly #words: Int32Array;
  readonly #base: number;

  constructor(arena: Arena, offset: number) {
    this.#arena = arena;
    this.#offset = offset;
    this.#words = arena.i32;
    this.#base = offset >> 2;
  }

  /** The lock word of the writer. */
  get word(): number {
    return load(this.#words, this.#base + STATE);
  }

  /** How many flows of `thread` read. */
  reads(thread: number): number {
    return this.#words[this.#base + COUNTS + thread] as number;
  }

  /** Whether some flow of `thread` writes. */
  isWriter(thread: number): boolean {
    const word = this.word;
    return ownerOf(word) === thread && isGranted(word);
  }

  /** Has one more flow of `thread` read, unless that is barred. */
  tryRead(thread: number): boolean {
    const count = this.reads(thread);
    if (this.#isBarred(thread)) return false;
    if (count === 0) {
      // Before the look that decides: a writer that claims after it sees the bit.
      or(this.#words, this.#base + READERS + (thread >> 5), 1 << (thread & 31));
      if (this.#isBarred(thread)) {
        this.#clearBit(thread);
        return false;
      }
    }
    this.#words[this.#base + COUNTS + thread] = count + 1;
    return true;
  }

  /**
   * Has `thread` write, if nobody reads or writes.
   *
   * @param keep - whether to keep the claim if there are readers: by a waiter that will be rung when they leave
   */
  tryWrite(thread: number, keep: boolean): boolean {
    let word = this.word;
    let isNew = false;
    while (ownerOf(word) === NO_THREAD) {
      if (isReservedForOther(this.#words, this.#base, thread) || (!keep && this.#isRead())) return false;
      isNew = compareExchange(this.#words, this.#base + STATE, word, takenBy(word, thread)) === word;
      word = this.word;
    }
    if (ownerOf(word) !== thread || isGranted(word)) return false;
    if (!this.#isRead()) {
      store(this.#words, this.#base + STATE, granted(word));
      return true;
    }
    if (isNew && !keep) this.#free(givenBack(word));
    return false;
  }

  /** One flow of `thread` reads no longer. */
  endRead(thread: number): void {
    const count = this.reads(thread) - 1;
    this.#words[this.#base + COUNTS + thread] = count;
    if (count === 0) this.#clearBit(thread);
  }

  /** Ends the hold that `hold` was the word of. */
  endWrite(hold: number): void {
    if (this.word === hold) this.#free(released(hold));
  }

  /** Gives up the reservation of `thread`, if it has one: others may have been refused because of it. */
  dropReservation(thread: number): void {
    if (reservedFor(this.#words, this.#base) !== thread) return;
    unreserve(this.#words, this.#base, thread);
    this.#wakeAll();
  }

  /** Gives up what `thread` has claimed to write and was not granted yet. */
  dropClaim(thread: number): void {
    const { word } = this;
    if (ownerOf(word) === thread && !isGranted(word)) this.#free(givenBack(word));
  }

  #isBarred(thread: number): boolean {
    const word = this.word;
    const owner = ownerOf(word);
    if (owner !== NO_THREAD && (owner !== thread || isGranted(word))) return true;
    return isReservedForOther(this.#words, this.#base, thread);
  }

  #isRead(): boolean {
    return load(this.#words, this.#base + READERS) !== 0 || load(this.#words, this.#base + READERS + 1) !== 0;
  }

  /** The thread reads no longer, and a writer that waits for that is told. */
  #clearBit(thread: number): void {
    and(this.#words, this.#base + READERS + (thread >> 5), ~(1 << (thread & 31)));
    const word = this.word;
    const owner = ownerOf(word);
    if (owner !== NO_THREAD && !isGranted(word)) wake(this.#arena, this.#offset, owner);
  }

  #free(word: number): void {
    store(this.#words, this.#base + STATE, word);
    this.#wakeAll();
  }

  #wakeAll(): void {
    forEachInterested(this.#words, this.#base, (thread) => wake(this.#arena, this.#offset, thread));
  }
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

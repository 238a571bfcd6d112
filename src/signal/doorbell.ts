/**
 * The doorbell: how one thread wakes another. The only place that parks, and the only one that notifies.
 *
 * Every attached thread owns a record in the arena's thread table:
 *
 *     word 0  bell     counts rings; the futex word
 *     word 1  waiting  1 while the owner may be parked, or is about to
 *     word 2  state    0 free, -1 free but to be taken last (see `releaseThread`), 1 taken by a spawner for its thread,
 *                      n + 2 by the thread with the runtime's id n itself
 *     word 3  ending   1 once terminating the owner is sure to stop it (see supervise-thread.ts)
 *     word 4  blocked  offset of what the owner is blocked on, 0 while it is not; plain, and only for reports
 *
 * The owner waits in three steps, and so loses no wake-up:
 *
 *     ticket = this.ticket()      reads bell, then waiting := 1
 *     check the facts             (queues, permits, rings ...): if one holds, go on without parking
 *     this.arm(ticket)            parks only if bell still equals ticket
 *
 * A ringer first changes a fact, then reads `waiting`. If it reads 0, its change comes before the owner's `waiting :=
 * 1` in the one order of all atomics, so the owner's check sees the fact. If it reads 1, it takes the flag back to 0
 * (so that a burst of changes makes one system call), advances the bell and notifies: the owner either sleeps on the
 * old ticket and is woken, or has not parked yet and `arm` finds that the bell has moved. The order within `ticket`
 * matters: were the flag set first, a ringer in between would take it for a fact that is of no use to the owner, the
 * owner would hold the new ticket, and the next ringer would pass it by.
 *
 * A thread has at most one `Atomics.waitAsync` outstanding, ever, and never with a timeout: it cannot be cancelled, an
 * abandoned one swallows a later notify, and a timed one leaks until it fires. Waits that are cancelled or time out
 * therefore never touch it; they are plain objects in the owner's lists. Since only the owner waits on its word,
 * `notify` names no count: a blocking and an asynchronous wait of the same thread wake together.
 *
 * A ringer that dies between taking the flag and notifying loses a ring; whoever observes a thread's death rings every
 * other thread once (`ringAll`).
 */
import { TooManyThreadsError } from '../errors.ts';
import { type Arena, defaultArena, MAX_THREADS, THREADS_OFFSET } from '../memory/arena.ts';
import { add, compareExchange, exchange, load, store } from '../memory/atomic.ts';
import { runtime } from '../runtime.ts';

const RECORD_WORDS = 16;
const FIRST_WORD = THREADS_OFFSET >> 2;
const WAITING = 1;
const STATE = 2;
const ENDING = 3;
const BLOCKED = 4;
const FREE = 0;
const FREE_LAST = -1;
const TAKEN = 1;
const TAKEN_BY = 2;
/** What a thread is blocked on that is blocked on several things, or on none of the arena. */
export const SEVERAL = -1;

let current: Doorbell | undefined;
/** What a thread blocks on that waits for nothing but time: nobody else can reach it. */
let silence: Int32Array | undefined;
/** Whether terminating this thread is sure to stop it. */
let ending = 0;

/** This thread's place in the arena's thread table: what it parks on, and how it rings others. */
export class Doorbell {
  /** This thread's index in the arena's thread table. */
  readonly thread: number;
  readonly arena: Arena;
  readonly #words: Int32Array;
  readonly #bell: number;
  readonly #listeners: Array<() => void> = [];
  #outstanding = false;

  constructor(arena: Arena, thread: number) {
    this.arena = arena;
    this.thread = thread;
    this.#words = arena.i32;
    this.#bell = FIRST_WORD + thread * RECORD_WORDS;
  }

  /** The doorbell of the calling thread, in the default arena; takes a place in the thread table on first use. */
  static current(): Doorbell {
    if (current === undefined) {
      const arena = defaultArena();
      current = new Doorbell(arena, claimThread(arena, TAKEN_BY + runtime().threadId));
      store(arena.i32, current.#bell + ENDING, ending);
    }
    return current;
  }

  /** Makes the place that the spawner took for this thread its own. Called once, before anything else. */
  static adopt(arena: Arena, thread: number): Doorbell {
    current = new Doorbell(arena, thread);
    return current;
  }

  /** Announces that this thread may park. Must be taken before the facts are checked. */
  ticket(): number {
    const ticket = load(this.#words, this.#bell);
    store(this.#words, this.#bell + WAITING, 1);
    return ticket;
  }

  /** Calls `onRing` from the event loop after every ring that found this thread waiting. Returns what undoes it. */
  listen(onRing: () => void): () => void {
    this.#listeners.push(onRing);
    return () => {
      const index = this.#listeners.indexOf(onRing);
      if (index >= 0) this.#listeners.splice(index, 1);
    };
  }

  /** Parks in the event loop: the listeners are called once the bell moves past `ticket`, at once if it has. */
  arm(ticket: number): void {
    if (this.#outstanding) return;
    this.#outstanding = true;
    const wait = Atomics.waitAsync(this.#words, this.#bell, ticket);
    if (wait.async) void wait.value.then(this.#answer);
    else queueMicrotask(this.#answer);
  }

  /**
   * Blocks this thread until it is rung or `timeoutMs` has passed. May also return for no reason.
   *
   * @param blockedOn - offset of what it waits for, for reports
   */
  parkSync(ticket: number, timeoutMs: number, blockedOn: number = SEVERAL): void {
    this.#words[this.#bell + BLOCKED] = blockedOn;
    Atomics.wait(this.#words, this.#bell, ticket, timeoutMs);
    this.#words[this.#bell + BLOCKED] = 0;
  }

  /** Says that this thread is sure to stop when it is terminated, whatever it does. It need not have a place yet. */
  static vouchForEnding(): void {
    ending = 1;
    if (current !== undefined) store(current.#words, current.#bell + ENDING, ending);
  }

  /** Wakes `thread` if it is parked or about to park. Call after the fact it may wait for has been made true. */
  ring(thread: number): void {
    ring(this.#words, thread);
  }

  readonly #answer = (): void => {
    this.#outstanding = false;
    // A copy: a listener may unlisten.
    for (const listener of this.#listeners.slice()) listener();
  };
}

/** Blocks this thread for at most `ms`, whoever rings. May return early where the platform has a longest wait. */
export function blockFor(ms: number): void {
  silence ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(silence, 0, 0, ms);
}

/** Rings one thread of `arena`; see {@linkcode Doorbell.ring}. */
export function ring(words: Int32Array, thread: number): void {
  const bell = FIRST_WORD + thread * RECORD_WORDS;
  if (load(words, bell + WAITING) === 0 || exchange(words, bell + WAITING, 0) === 0) return;
  add(words, bell, 1);
  Atomics.notify(words, bell);
}

/** Rings every attached thread, waiting or not: after a death, the ring that the dead thread owed is made good. */
export function ringAll(arena: Arena): void {
  for (let thread = 0; thread < MAX_THREADS; thread++) {
    const bell = FIRST_WORD + thread * RECORD_WORDS;
    if (load(arena.i32, bell + STATE) <= FREE) continue;
    add(arena.i32, bell, 1);
    Atomics.notify(arena.i32, bell);
  }
}

/**
 * Takes a free place in the thread table.
 *
 * @param claim - the state to set: who has it
 * @throws {TooManyThreadsError} if all are taken.
 */
export function claimThread(arena: Arena, claim: number = TAKEN): number {
  for (const free of [FREE, FREE_LAST]) {
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      if (compareExchange(arena.i32, FIRST_WORD + thread * RECORD_WORDS + STATE, free, claim) === free) return thread;
    }
  }
  throw new TooManyThreadsError(
    `Cannot attach another thread to the arena: all ${MAX_THREADS} places are taken; ` +
      'close a pool or start fewer threads',
  );
}

/** The places in the thread table that are taken, but for the calling thread's own. */
export function otherThreads(arena: Arena): number[] {
  const isTaken = (thread: number): boolean => load(arena.i32, FIRST_WORD + thread * RECORD_WORDS + STATE) > FREE;
  const own = current?.arena === arena ? current.thread : undefined;
  return Array.from({ length: MAX_THREADS }, (_, thread) => thread).filter(
    (thread) => thread !== own && isTaken(thread),
  );
}

/**
 * Gives a place back. Only for a thread that is known to stop: a place in use by a zombie is never reused.
 *
 * @param hasStopped - whether it has stopped by now. If it may run on for some milliseconds yet, its place is given out
 *   again only when there is no other: what it still does there would be taken for what the next one does
 */
export function releaseThread(arena: Arena, thread: number, hasStopped = true): void {
  const bell = FIRST_WORD + thread * RECORD_WORDS;
  store(arena.i32, bell + WAITING, 0);
  store(arena.i32, bell + ENDING, 0);
  arena.i32[bell + BLOCKED] = 0;
  store(arena.i32, bell + STATE, hasStopped ? FREE : FREE_LAST);
}

/** A taken place of the thread table, as a report or an observer of a thread's end needs to know it. */
export interface ThreadPlace {
  readonly thread: number;
  /** The runtime's own id of the thread; undefined where a spawner has taken the place for it. */
  readonly threadId: number | undefined;
  /** Whether terminating it is sure to stop it, by its own word. */
  readonly vouched: boolean;
  /** Offset of what it is blocked on, {@linkcode SEVERAL}, or 0. */
  readonly blockedOn: number;
}

/** The places that are taken now. */
export function takenPlaces(arena: Arena): ThreadPlace[] {
  const places: ThreadPlace[] = [];
  for (let thread = 0; thread < MAX_THREADS; thread++) {
    const bell = FIRST_WORD + thread * RECORD_WORDS;
    const state = load(arena.i32, bell + STATE);
    if (state <= FREE) continue;
    const threadId = state >= TAKEN_BY ? state - TAKEN_BY : undefined;
    const vouched = load(arena.i32, bell + ENDING) === 1;
    places.push({ thread, threadId, vouched, blockedOn: arena.i32[bell + BLOCKED] as number });
  }
  return places;
}

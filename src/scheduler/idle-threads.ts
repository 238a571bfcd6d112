/**
 * Which threads have nothing to do: two bits per thread, packed 16 threads to a word.
 *
 *     0  busy       runs a task, or has not started
 *     1  searching  looks for work: it spins, or it has been rung and is on its way
 *     2  parked     waits on its doorbell
 *     3  reserved   the pool has given it a task by message; it takes no other before that has come
 *
 *     thread:  take a ticket of its doorbell, searching -> parked, check the queue again, park on the ticket
 *              searching or parked -> busy, and only then claim
 *     pool:    publish a task, read the words; if more tasks wait than threads search: parked -> searching, ring
 *              or, for a task by message: searching or parked -> reserved, post; and also busy -> reserved, if the
 *              thread holds no task and the queue is empty: it is between two tasks
 *
 * Every step is one CAS, so an idle thread that is reserved has claimed nothing and one that claims is not reserved.
 * The thread is parked before its last look at the queue and the pool publishes before it reads the words, so either
 * the thread sees the task or the pool sees that it is parked. Taking a thread from parked to searching is what
 * entitles to ring: two rings are never spent on one thread, and a burst of tasks wakes as many threads as it has
 * tasks, and no more. A thread that dies is made busy by `forget`.
 *
 * A thread that is reserved also finds it in its own control line, so that it need not look here before each claim: the
 * pool reads this line after each publish, and two who look at a line all the time take it from each other on Bun.
 * The pool says so there before it publishes anything else, and the thread takes it back before it leaves "reserved".
 */
import { compareExchange, load, store } from '../memory/atomic.ts';
import { IDLE_THREADS, type Region, RESERVATION } from './layout.ts';

const BUSY = 0;
const SEARCHING = 1;
const PARKED = 2;
const RESERVED = 3;

const THREADS_PER_WORD = 16;
const LOW_BITS = 0x55555555;

/** No thread was idle. */
export const NO_THREAD = -1;

export class IdleThreads {
  readonly #region: Region;
  readonly #words: Int32Array;
  readonly #first: number;
  readonly #count: number;

  constructor(region: Region) {
    this.#region = region;
    this.#words = region.i32;
    this.#first = region.base + IDLE_THREADS;
    this.#count = Math.ceil(region.shape.threads / THREADS_PER_WORD);
  }

  /** Whether any thread is parked. One read for pools of up to 16 threads. */
  get anyParked(): boolean {
    for (let word = 0; word < this.#count; word++)
      if (parkedIn(load(this.#words, this.#first + word)) !== 0) return true;
    return false;
  }

  get parkedCount(): number {
    let count = 0;
    for (let word = 0; word < this.#count; word++) count += bitCount(parkedIn(load(this.#words, this.#first + word)));
    return count;
  }

  get searchingCount(): number {
    let count = 0;
    for (let word = 0; word < this.#count; word++)
      count += bitCount(searchingIn(load(this.#words, this.#first + word)));
    return count;
  }

  isParked(thread: number): boolean {
    return this.#get(thread) === PARKED;
  }

  /** For the thread itself. A plain read: whoever has seen a task in the queue sees what was written before that. */
  isReserved(thread: number): boolean {
    return this.#words[this.#region.control(thread) + RESERVATION] !== 0;
  }

  /** The thread, busy or parked, looks for work. False if it is reserved. */
  search(thread: number): boolean {
    return this.#change(thread, SEARCHING);
  }

  /** The thread is about to park. It must look at the queue once more after this. False if it is reserved. */
  park(thread: number): boolean {
    return this.#change(thread, PARKED);
  }

  /** The thread is about to claim. False if it is reserved. */
  leave(thread: number): boolean {
    return this.#change(thread, BUSY);
  }

  /** The thread has got what it was reserved for, or is gone. */
  forget(thread: number): void {
    this.#noteReservation(thread, 0);
    this.#set(thread, BUSY);
  }

  /** Takes a parked thread and counts it as searching; the caller rings it. NO_THREAD when none is parked. */
  takeParked(): number {
    for (let word = 0; word < this.#count; word++) {
      const index = this.#first + word;
      for (;;) {
        const bits = load(this.#words, index);
        const parked = parkedIn(bits);
        if (parked === 0) break;
        const low = parked & -parked;
        // 10 becomes 01.
        if (compareExchange(this.#words, index, bits, bits ^ (low | (low << 1))) === bits) return threadOf(word, low);
      }
    }
    return NO_THREAD;
  }

  /** Takes an idle thread, a parked one if there is one, for a task by message. NO_THREAD when none is idle. */
  reserve(): number {
    for (let word = 0; word < this.#count; word++) {
      const index = this.#first + word;
      for (;;) {
        const bits = load(this.#words, index);
        const idle = parkedIn(bits) || searchingIn(bits);
        if (idle === 0) break;
        const low = idle & -idle;
        if (compareExchange(this.#words, index, bits, bits | low | (low << 1)) === bits) {
          this.#noteReservation(threadOf(word, low), 1);
          return threadOf(word, low);
        }
      }
    }
    return NO_THREAD;
  }

  /** Takes a busy thread that is known to hold no task. False when it is busy no longer. */
  reserveBusy(thread: number): boolean {
    const index = this.#first + wordOf(thread);
    const shift = shiftOf(thread);
    for (;;) {
      const bits = load(this.#words, index);
      if (((bits >>> shift) & 3) !== BUSY) return false;
      if (compareExchange(this.#words, index, bits, bits | (RESERVED << shift)) === bits) {
        this.#noteReservation(thread, 1);
        return true;
      }
    }
  }

  #noteReservation(thread: number, value: number): void {
    store(this.#words, this.#region.control(thread) + RESERVATION, value);
  }

  #get(thread: number): number {
    return (load(this.#words, this.#first + wordOf(thread)) >>> shiftOf(thread)) & 3;
  }

  /** Changes the thread's state, unless it is reserved. */
  #change(thread: number, state: number): boolean {
    const index = this.#first + wordOf(thread);
    const shift = shiftOf(thread);
    for (;;) {
      const bits = load(this.#words, index);
      if (((bits >>> shift) & 3) === RESERVED) return false;
      if (compareExchange(this.#words, index, bits, (bits & ~(3 << shift)) | (state << shift)) === bits) return true;
    }
  }

  #set(thread: number, state: number): void {
    const index = this.#first + wordOf(thread);
    const shift = shiftOf(thread);
    for (;;) {
      const bits = load(this.#words, index);
      if (compareExchange(this.#words, index, bits, (bits & ~(3 << shift)) | (state << shift)) === bits) return;
    }
  }
}

/** A bit, the lower of its two, for each thread that is parked: 10. */
function parkedIn(bits: number): number {
  return (bits >>> 1) & ~bits & LOW_BITS;
}

/** A bit, the lower of its two, for each thread that is searching: 01. */
function searchingIn(bits: number): number {
  return bits & ~(bits >>> 1) & LOW_BITS;
}

function threadOf(word: number, low: number): number {
  return word * THREADS_PER_WORD + ((31 - Math.clz32(low)) >> 1);
}

function wordOf(thread: number): number {
  return thread >>> 4;
}

function shiftOf(thread: number): number {
  return (thread & 15) << 1;
}

/**
 * https://graphics.stanford.edu/~seander/bithacks.html#CountBitsSetParallel, for bits that stand alone in their pairs.
 */
function bitCount(bits: number): number {
  const nibbles = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Which threads have nothing to do: two bits per thread, packed 16 threads to a word.
 *
 *     0  busy       runs a task, or has not started
 *     1  searching  looks for work: it spins, or it has been rung and is on its way
 *     2  parked     waits on its doorbell
 *
 *     thread:  searching -> parked, check the queue again, park on its doorbell
 *     pool:    publish a task, read the words; if more tasks wait than threads search: parked -> searching, ring
 *
 * The thread is parked before its last look at the queue and the pool publishes before it reads the words, so either the
 * thread sees the task or the pool sees that it is parked. Taking a thread from parked to searching is one CAS and is
 * what entitles to ring: two rings are never spent on one thread, and a burst of tasks wakes as many threads as it has
 * tasks, and no more. A thread that dies is made busy by `forget`.
 */
import { compareExchange, load } from '../memory/atomic.ts';
import { IDLE_THREADS, type Region } from './layout.ts';

const BUSY = 0;
const SEARCHING = 1;
const PARKED = 2;

const THREADS_PER_WORD = 16;
const SEARCHING_BITS = 0x55555555;
const PARKED_BITS = 0xaaaaaaaa | 0;

/** No thread was parked. */
export const NO_THREAD = -1;

export class IdleThreads {
  readonly #words: Int32Array;
  readonly #first: number;
  readonly #count: number;

  constructor(region: Region) {
    this.#words = region.i32;
    this.#first = region.base + IDLE_THREADS;
    this.#count = Math.ceil(region.shape.threads / THREADS_PER_WORD);
  }

  /** Whether any thread is parked. One read for pools of up to 16 threads. */
  get anyParked(): boolean {
    for (let word = 0; word < this.#count; word++) {
      if ((load(this.#words, this.#first + word) & PARKED_BITS) !== 0) return true;
    }
    return false;
  }

  get parkedCount(): number {
    return this.#countBits(PARKED_BITS);
  }

  get searchingCount(): number {
    return this.#countBits(SEARCHING_BITS);
  }

  isParked(thread: number): boolean {
    return this.#get(thread) === PARKED;
  }

  /** The thread starts to look for work. */
  search(thread: number): void {
    this.#set(thread, SEARCHING);
  }

  /** The thread is about to park. It must look at the queue once more after this. */
  park(thread: number): void {
    this.#set(thread, PARKED);
  }

  /** The thread has found work, stops, or has ended. */
  busy(thread: number): void {
    this.#set(thread, BUSY);
  }

  /** Takes a parked thread and counts it as searching; the caller rings it. NO_THREAD when none is parked. */
  takeParked(): number {
    for (let word = 0; word < this.#count; word++) {
      const index = this.#first + word;
      for (;;) {
        const bits = load(this.#words, index);
        const parked = bits & PARKED_BITS;
        if (parked === 0) break;
        const bit = parked & -parked;
        if (compareExchange(this.#words, index, bits, bits ^ (bit | (bit >>> 1))) === bits) {
          return word * THREADS_PER_WORD + ((31 - Math.clz32(bit)) >> 1);
        }
      }
    }
    return NO_THREAD;
  }

  /** Takes this parked thread and counts it as searching. False when it was not parked. */
  take(thread: number): boolean {
    const index = this.#first + wordOf(thread);
    const shift = shiftOf(thread);
    for (;;) {
      const bits = load(this.#words, index);
      if (((bits >>> shift) & 3) !== PARKED) return false;
      if (compareExchange(this.#words, index, bits, bits ^ (3 << shift)) === bits) return true;
    }
  }

  #get(thread: number): number {
    return (load(this.#words, this.#first + wordOf(thread)) >>> shiftOf(thread)) & 3;
  }

  #set(thread: number, state: number): void {
    const index = this.#first + wordOf(thread);
    const shift = shiftOf(thread);
    for (;;) {
      const bits = load(this.#words, index);
      if (compareExchange(this.#words, index, bits, (bits & ~(3 << shift)) | (state << shift)) === bits) return;
    }
  }

  #countBits(mask: number): number {
    let count = 0;
    for (let word = 0; word < this.#count; word++) count += bitCount(load(this.#words, this.#first + word) & mask);
    return count;
  }
}

function wordOf(thread: number): number {
  return thread >>> 4;
}

function shiftOf(thread: number): number {
  return (thread & 15) << 1;
}

/** https://graphics.stanford.edu/~seander/bithacks.html#CountBitsSetParallel */
function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

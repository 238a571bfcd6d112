/**
 * One timer for all the deadlines of a thread.
 *
 * The deadlines lie in a binary heap that is keyed by absolute time; each knows its place in it, so cancelling one
 * costs O(log n) and leaves nothing behind. The one system timer is set for the earliest. It is not moved when that one
 * is cancelled: it then fires for nothing once, and is set for the next. With no deadlines there is no timer.
 *
 * Timers fire up to 1 ms early on some runtimes and at once for delays of 2^31 ms or more. Neither shows here: when the
 * timer fires, the clock is read, and it is set again for what is left.
 */
import { runtime, type Timer } from '../runtime.ts';
import { type DeadlineSource, replacedClock } from './deadline-source.ts';

/** Something that will happen at a given time unless it is cancelled first. */
export interface Deadline {
  /** When it is due, on the clock of its source. */
  readonly at: number;
  /** The callback will not be called. Does nothing once it has been. */
  cancel(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The place of a deadline that is no longer in the heap, but whose callback is still to be called. */
const DUE = -1;
/** The place of a deadline that is over: called or cancelled. */
const OVER = -2;

/**
 * A set of deadlines over one timer.
 *
 * @example
 * ```ts
 * const deadlines = new Deadlines(runtime());
 * const deadline = deadlines.add(runtime().now() + 250, () => console.log('too late'));
 * deadline.cancel();
 * ```
 */
export class Deadlines {
  readonly source: DeadlineSource;
  readonly #heap: Entry[] = [];
  #timer: Timer | undefined;
  /** When the timer is set to fire. Infinity: there is none. */
  #timerAt = Infinity;

  constructor(source: DeadlineSource) {
    this.source = source;
  }

  /** The time on the source's clock, in milliseconds. */
  now(): number {
    return this.source.now();
  }

  /** How many are neither over nor cancelled. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the first of them is due. Infinity: never. */
  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  /**
   * Calls `callback` once `at` has come, from the event loop and never early. An error that it throws is reported as
   * uncaught and keeps no other deadline from its call.
   *
   * @param at - milliseconds on the source's clock; a time in the past is due at once, Infinity never
   * @throws {RangeError} if `at` is not a number.
   */
  add(at: number, callback: () => void): Deadline {
    if (typeof at !== 'number' || Number.isNaN(at)) {
      throw new RangeError(`Expected 'at' to be a time, got ${String(at)}`);
    }
    const entry = new Entry(this, at, callback);
    entry.place = this.#heap.length;
    this.#heap.push(entry);
    this.#rise(entry);
    if (at < this.#timerAt) this.#setTimer();
    return entry;
  }

  /** @internal */
  remove(entry: Entry): void {
    const { place } = entry;
    entry.place = OVER;
    if (place < 0) return;
    const last = this.#heap.pop();
    if (last !== undefined && last !== entry) {
      this.#heap[place] = last;
      last.place = place;
      this.#rise(last);
      this.#sink(last);
    }
    if (this.#heap.length === 0) this.#clearTimer();
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    const now = this.source.now();
    const due: Entry[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.remove(first);
      first.place = DUE;
      due.push(first);
    }
    // Before the callbacks: what they add is compared with a timer that is already right.
    this.#setTimer();
    for (const entry of due) {
      // An earlier callback may have cancelled this one.
      if (entry.place === DUE) entry.call();
    }
  };

  #setTimer(): void {
    const first = this.#heap[0];
    if (first === undefined || first.at === Infinity) return;
    this.#clearTimer();
    this.#timerAt = first.at;
    const left = Math.ceil(first.at - this.source.now());
    this.#timer = this.source.setTimer(this.#fire, Math.min(Math.max(left, 0), LONGEST_TIMER_MS), first.at);
  }

  #clearTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let { place } = entry;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = heap[parentPlace];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[place] = parent;
      parent.place = place;
      place = parentPlace;
    }
    heap[place] = entry;
    entry.place = place;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let { place } = entry;
    for (;;) {
      let childPlace = 2 * place + 1;
      let child = heap[childPlace];
      if (child === undefined) break;
      const right = heap[childPlace + 1];
      if (right !== undefined && right.at < child.at) {
        child = right;
        childPlace++;
      }
      if (child.at >= entry.at) break;
      heap[place] = child;
      child.place = place;
      place = childPlace;
    }
    heap[place] = entry;
    entry.place = place;
  }
}

class Entry implements Deadline {
  readonly at: number;
  place: number = OVER;
  readonly #owner: Deadlines;
  #callback: (() => void) | undefined;

  constructor(owner: Deadlines, at: number, callback: () => void) {
    this.#owner = owner;
    this.at = at;
    this.#callback = callback;
  }

  cancel(): void {
    if (this.place === OVER) return;
    this.#callback = undefined;
    this.#owner.remove(this);
  }

  call(): void {
    const callback = this.#callback;
    this.place = OVER;
    this.#callback = undefined;
    try {
      callback?.();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

let shared: Deadlines | undefined;
const ofSource = new WeakMap<DeadlineSource, Deadlines>();

/** This thread's deadlines, on the runtime's clock unless it was replaced. */
export function deadlines(): Deadlines {
  const replaced = replacedClock();
  return replaced === undefined ? runtimeDeadlines() : deadlinesOn(replaced);
}

/** This thread's deadlines in real time: for what has to do with other threads, whose time stays as it is. */
export function runtimeDeadlines(): Deadlines {
  const source = runtime();
  if (shared?.source !== source) shared = deadlinesOn(source);
  return shared;
}

/** The deadlines on a certain clock: one set for each clock, so that all who use it share one timer. */
export function deadlinesOn(source: DeadlineSource): Deadlines {
  const set = ofSource.get(source) ?? new Deadlines(source);
  ofSource.set(source, set);
  return set;
}

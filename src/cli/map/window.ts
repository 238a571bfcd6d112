/**
 * How many items may be in the pool at a time.
 *
 * Enough that no thread waits for the next item, and few enough that a stop has little to wait for: with long items
 * just what the threads run at a time, with short ones as many as they do in some 50 ms. It is found out by measuring:
 * the time in which a whole window of items completes is the time that an item spends in the pool (Little's law).
 */

/** A window done sooner than this is doubled ... */
const SHORT_MS = 25;
/** ... and one that takes longer than this is halved. */
const LONG_MS = 100;
/** More than this in flight gains nothing. */
const MOST = 4_096;

/** The bound on the items in flight, adapted to how long they take. */
export class Window {
  readonly #least: number;
  readonly #now: () => number;
  #size: number;
  #completed = 0;
  #since: number;

  /** @param least how many items the threads run at a time. */
  constructor(least: number, now: () => number) {
    this.#least = least;
    this.#now = now;
    this.#size = least;
    this.#since = now();
  }

  get size(): number {
    return this.#size;
  }

  /** Counts an item that completed. */
  completed(): void {
    if (++this.#completed < this.#size) return;
    const now = this.#now();
    const elapsed = now - this.#since;
    if (elapsed < SHORT_MS) this.#size = Math.max(this.#least, Math.min(MOST, this.#size * 2));
    else if (elapsed > LONG_MS) this.#size = Math.max(this.#least, this.#size >> 1);
    this.#since = now;
    this.#completed = 0;
  }
}

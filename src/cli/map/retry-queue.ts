/** The items that failed and wait to be tried again, each for its own time. */
import type { Deadline, Deadlines } from '../../pacing/deadlines.ts';

/** Gives back what was put in, once its time has come. */
export class RetryQueue<T> {
  readonly #deadlines: Deadlines;
  readonly #onDue: () => void;
  readonly #waiting = new Set<Deadline>();
  #due: T[] = [];

  /** @param onDue called when an item may be taken. */
  constructor(deadlines: Deadlines, onDue: () => void) {
    this.#deadlines = deadlines;
    this.#onDue = onDue;
  }

  /** Items that wait or may be taken. */
  get size(): number {
    return this.#waiting.size + this.#due.length;
  }

  /** Puts `item` aside until `at`. */
  add(item: T, at: number): void {
    const deadline = this.#deadlines.add(at, () => {
      this.#waiting.delete(deadline);
      this.#due.push(item);
      this.#onDue();
    });
    this.#waiting.add(deadline);
  }

  /** Takes an item whose time has come. */
  take(): T | undefined {
    return this.#due.shift();
  }

  /** Forgets the items and their times. */
  clear(): void {
    for (const deadline of this.#waiting) deadline.cancel();
    this.#waiting.clear();
    this.#due = [];
  }
}

/** How many calls are carried out at the same time; the others wait in the order in which they came. */
export class CallGate {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #isCalling = false;

  /** @param limit - how many at a time, Infinity for all */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Calls `run` once it is its turn: now, or from a later `leave`. Each `run` is followed by one `leave`. */
  enter(run: () => void): void {
    if (this.tryEnter()) run();
    else this.#waiting.add(run);
  }

  /** Enters now, or not at all: then nothing is remembered. */
  tryEnter(): boolean {
    if (this.#running >= this.#limit) return false;
    this.#running++;
    return true;
  }

  leave(): void {
    this.#running--;
    // What is run may leave at once: then the loop goes on, rather than going deeper.
    if (this.#isCalling) return;
    this.#isCalling = true;
    while (this.#running < this.#limit && this.#waiting.size > 0) {
      const [next] = this.#waiting as Set<() => void>;
      this.#waiting.delete(next as () => void);
      this.#running++;
      (next as () => void)();
    }
    this.#isCalling = false;
  }
}

/** Puts results that come in any order back into the order of the input, holding only those that are ahead of it. */

/** Hands on, in order, what is filled in out of order. */
export class OrderWindow<T> {
  readonly #emit: (value: T) => void;
  readonly #filled = new Map<number, T | undefined>();
  #next = 0;
  #head = 0;

  /** @param emit called with each value in turn. */
  constructor(emit: (value: T) => void) {
    this.#emit = emit;
  }

  /** Places that are taken and not yet handed on, filled or not; the job bounds this. */
  get span(): number {
    return this.#next - this.#head;
  }

  /** Takes the next place in the order. */
  reserve(): number {
    return this.#next++;
  }

  /** Fills a place; `undefined` leaves it out. */
  fill(place: number, value: T | undefined): void {
    this.#filled.set(place, value);
    while (this.#filled.has(this.#head)) {
      const ready = this.#filled.get(this.#head);
      this.#filled.delete(this.#head++);
      if (ready !== undefined) this.#emit(ready);
    }
  }
}

/** How far a client is, and who waits for it to be further. */
export class Progress {
  ticks = 0;
  /** @type {Array<{ target: number, reached: () => void }>} */
  #waiting = [];

  /** @param {number} ticks */
  at(ticks) {
    this.ticks = ticks;
    const reached = this.#waiting.filter(({ target }) => target <= ticks);
    this.#waiting = this.#waiting.filter(({ target }) => target > ticks);
    for (const each of reached) each.reached();
  }

  /** @param {number} more */
  seesMore(more) {
    return new Promise((resolve) => {
      this.#waiting.push({ target: this.ticks + more, reached: () => resolve(undefined) });
    });
  }
}

/** How far a client is, and who waits for it to be further. */
export class Progress {
  /** @type {Array<{ left: number, former: number | undefined, reached: () => void }>} */
  #waiting = [];

  /**
   * The client has read some more ticks.
   *
   * @param {number} ticks
   * @param {number} pid - the process that the last of them is from
   */
  add(ticks, pid) {
    for (const waiting of this.#waiting) if (pid !== waiting.former) waiting.left -= ticks;
    for (const { left, reached } of this.#waiting) if (left <= 0) reached();
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
  }

  /**
   * @param {number} more
   * @param {number} [former] - a process whose ticks do not count: they may have been on their way when it ended
   */
  seesMore(more, former) {
    return new Promise((resolve) => {
      this.#waiting.push({ left: more, former, reached: () => resolve(undefined) });
    });
  }
}

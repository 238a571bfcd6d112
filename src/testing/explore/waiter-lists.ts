/** The lists of those who wait on a word: first in, first out, blocking and asynchronous waits together. */

export interface Waiter {
  readonly thread: number;
  /** Number of the async waiter, or 0 for a blocking wait. */
  readonly number: number;
}

export class WaiterLists {
  readonly #lists = new Map<number, Waiter[]>();

  add(offset: number, waiter: Waiter): void {
    const list = this.#lists.get(offset);
    if (list === undefined) this.#lists.set(offset, [waiter]);
    else list.push(waiter);
  }

  /** Takes out the first `count` who wait on a word. */
  take(offset: number, count: number): Waiter[] {
    return this.#lists.get(offset)?.splice(0, count) ?? [];
  }

  /** Takes out one waiter of a thread, or all of them. */
  remove(thread: number, number?: number): void {
    for (const [offset, list] of this.#lists) {
      const isOther = (waiter: Waiter): boolean =>
        waiter.thread !== thread || (number !== undefined && waiter.number !== number);
      if (!list.every(isOther)) this.#lists.set(offset, list.filter(isOther));
    }
  }

  /** The words that a thread waits on. */
  wordsOf(thread: number): number[] {
    const holds = (list: readonly Waiter[]): boolean => list.some((waiter) => waiter.thread === thread);
    return [...this.#lists].flatMap(([offset, list]) => (holds(list) ? [offset] : []));
  }

  /** Calls back with each word on which somebody waits. */
  forEach(callback: (offset: number, list: readonly Waiter[]) => void): void {
    for (const [offset, list] of this.#lists) if (list.length > 0) callback(offset, list);
  }

  clear(): void {
    this.#lists.clear();
  }
}

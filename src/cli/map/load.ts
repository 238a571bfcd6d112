/** What is in the pool at a time, bounded in number and in size. */
import { Window } from './window.ts';

/** Characters of input that may be in work at a time: long lines are bounded by their size, not by their number. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** Counts the items that are in work. */
export class Load {
  readonly #window: Window;
  #items = 0;
  #characters = 0;

  /** @param lanes how many items the pool runs at a time. */
  constructor(lanes: number, now: () => number) {
    this.#window = new Window(lanes, now);
  }

  /** Items in work. */
  get items(): number {
    return this.#items;
  }

  /** Whether one more may be taken on; the first one always may, however long it is. */
  get hasRoom(): boolean {
    return this.#items < this.#window.size && (this.#items === 0 || this.#characters < MOST_CHARACTERS);
  }

  add(text: string): void {
    this.#items++;
    this.#characters += text.length;
  }

  remove(text: string): void {
    this.#items--;
    this.#characters -= text.length;
    this.#window.completed();
  }
}

/**
 * A place in a limiter's order: so many permits that are to come, for whoever is next in this thread.
 *
 * It is due at a time of its own, and then its share is there: one sleep, one wake-up. Two things may delay it. Who
 * passed later than he could have, by more than the burst makes up for, has moved the time of all: then it keeps its
 * place, and is due that much later. Or others have had its share, because it was late for it by a whole burst, or
 * because of a penalty: then it reserves anew. All who do so go on in the order in which they wake, which is the old
 * one. Either way the others learn of it by `reserved`, so a thread that is always faster starves nobody.
 */
import type { Gcra } from './gcra.ts';

export class Reservation {
  readonly #gcra: Gcra;
  #count: number;
  #end: number;

  constructor(gcra: Gcra, count: number, at: number) {
    this.#gcra = gcra;
    this.#count = count;
    this.#end = gcra.reserve(count, at);
  }

  /** When it can be used. */
  get due(): number {
    return this.#end - this.#gcra.burst;
  }

  /** Makes it one of `count` permits. */
  resize(count: number): void {
    this.#moveTo(this.#end + count - this.#count);
    this.#count = count;
  }

  /** Uses it. If it cannot be used yet, `due` says when to try again. */
  tryPass(at: number): boolean {
    const gcra = this.#gcra;
    if (!gcra.hasCome(this.due, at)) return false;
    if (gcra.take(this.#count, at)) return true;
    const { arrival } = gcra;
    if (arrival < this.#end) this.#moveTo(arrival + this.#count);
    else this.#end = gcra.reserve(this.#count, at);
    return false;
  }

  /** Leaves it to others. */
  giveBack(at: number): void {
    this.#gcra.giveBack(this.#end, this.#count, at);
  }

  #moveTo(end: number): void {
    if (end !== this.#end) this.#gcra.postpone(end - this.#end);
    this.#end = end;
  }
}

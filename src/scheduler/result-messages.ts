/**
 * Results that travel by message. The message and the thread's word that the slot is done come by different ways, in
 * either order; a result is complete when both are here.
 */

import type { Posted } from './message-lane.ts';

export class ResultMessages {
  readonly #arrived = new Map<number, Posted>();
  readonly #awaited = new Set<number>();

  /** The slot is done: its message, taken out, if that is here; otherwise it is awaited. */
  take(slot: number): Posted | undefined {
    const message = this.#arrived.get(slot);
    if (message === undefined) this.#awaited.add(slot);
    else this.#arrived.delete(slot);
    return message;
  }

  /** The message is here. True if the slot was done already; otherwise the message is kept. */
  put(slot: number, message: Posted): boolean {
    if (this.#awaited.delete(slot)) return true;
    this.#arrived.set(slot, message);
    return false;
  }

  /** What was to come for the slot will not. */
  forget(slot: number): void {
    this.#arrived.delete(slot);
    this.#awaited.delete(slot);
  }
}

/**
 * Lets the event loop have a turn now and then. A promise that is resolved at once goes on in a microtask, so a loop
 * that awaits one message after the other from a busy channel would never let timers, sockets and other messages of its
 * thread have their turn.
 */
import { runtime } from '../runtime.ts';

/** So many in a row take a fraction of a millisecond; a turn of the event loop takes some microseconds. */
const IN_A_ROW = 500;

/** Counts what went through without waiting. */
export class TurnBudget {
  #left: number = IN_A_ROW;

  /** A promise of `value`: resolved, but for each 500th, which is resolved after a turn of the event loop. */
  resolved<T>(value: T): Promise<T> {
    if (--this.#left > 0) return Promise.resolve(value);
    this.#left = IN_A_ROW;
    return new Promise((resolve) => runtime().defer(() => resolve(value)));
  }
}

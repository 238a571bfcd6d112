/**
 * Promises that are settled from outside, at the least cost per promise.
 *
 * `new Promise` makes two functions; keeping only `resolve` lets the other one go, and a static executor saves a
 * closure. A rejection goes through `resolve` too, as a thenable that rejects: one object more, and only when a task
 * fails.
 */

/** Settles a pending promise; with a {@linkcode Rejection}, rejects it. */
export type Settle = (value: unknown) => void;

let captured: Settle;

const capture = (resolve: Settle): void => {
  captured = resolve;
};

/** Makes a promise. {@linkcode lastSettle} then returns what settles it. */
export function pendingPromise(): Promise<unknown> {
  return new Promise(capture);
}

/** What settles the promise that {@linkcode pendingPromise} has just made. */
export function lastSettle(): Settle {
  return captured;
}

/** Resolving a promise with this rejects it with `error`. */
export class Rejection {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  then(_resolve: unknown, reject: (error: unknown) => void): void {
    reject(this.#error);
  }
}

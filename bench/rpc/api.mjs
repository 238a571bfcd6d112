/** What every contender calls. */
export const api = {
  /** @param {number} a @param {number} b */
  add: (a, b) => a + b,
};

/**
 * One way to call it, from this side.
 * @typedef {object} Caller
 * @property {string} name
 * @property {(a: number, b: number) => PromiseLike<number>} add
 */

/**
 * The first of them is what the others are held against.
 * @typedef {{ callers: Caller[], close: () => Promise<unknown> }} Opened
 */

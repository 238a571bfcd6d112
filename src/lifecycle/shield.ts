/** Cleanup that a cancel does not cut short, and that is bounded all the same. */
import { waitWithin } from '../pacing/timeout.ts';
import { checkWaitOptions, describe } from '../signal/wait-options.ts';

/** How long a shielded piece of work may take. */
export interface ShieldOptions {
  /** Milliseconds until its own signal fires and the caller is answered, whether it stops or not. */
  readonly timeout: number;
}

/**
 * Runs `fn` under a signal of its own, which nothing but its own deadline aborts: for cleanup after a cancel, which
 * must not be cut by that same cancel and must not hang either
 * (https://anyio.readthedocs.io/en/stable/cancellation.html#shielding has why).
 *
 * The process does not end before it.
 *
 * @throws what `fn` throws, or a DeadlineExceededError after `timeout` milliseconds
 * @example
 * ```ts
 * try {
 *   await transfer(connection, signal);
 * } finally {
 *   await shield((signal) => connection.rollback({ signal }), { timeout: 1_000 });
 * }
 * ```
 */
export async function shield<T>(fn: (signal: AbortSignal) => T | PromiseLike<T>, options: ShieldOptions): Promise<T> {
  if (typeof fn !== 'function') throw new TypeError(`Expected 'fn' to be a function, got ${describe(fn)}`);
  checkWaitOptions(options);
  const { timeout } = options;
  if (timeout === undefined) throw new TypeError("Expected option 'timeout' to be a number, got undefined");
  return await waitWithin(fn, { timeout }, 'The shielded work');
}

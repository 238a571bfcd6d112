/** Starts what must bind a port by itself. */
import { checkCount } from '../pacing/option-checks.ts';
import { describe } from '../signal/wait-options.ts';
import { reservePort, type ReserveOptions } from './reserve-port.ts';

/** What port, and how often to try. */
export interface StartOnPortOptions extends ReserveOptions {
  /** How often somebody else may be faster. @default {10} */
  readonly attempts?: number | undefined;
}

const ATTEMPTS = 10;
const DEEPEST_CAUSE = 8;

/**
 * Calls `start` with a port that was free just before, and again, with another one, if it was taken in between: for
 * what is told a port's number and binds it by itself. (What can take over a socket needs no second attempt: see
 * `reservePort`.) A certain port, asked for by `port`, is waited for again instead.
 *
 * @param start - must reject if it cannot bind, with an error whose `code` is EADDRINUSE or one of whose causes is that
 * @returns what `start` returned
 * @throws what `start` throws for another reason, or the last time; what `reservePort` throws
 * @example
 * ```ts
 * const service = await startOnPort((port) => startService({ port }));
 * ```
 */
export async function startOnPort<T>(
  start: (port: number) => T | PromiseLike<T>,
  options: StartOnPortOptions = {},
): Promise<T> {
  if (typeof start !== 'function') throw new TypeError(`Expected 'start' to be a function, got ${describe(start)}`);
  const { attempts = ATTEMPTS } = options;
  checkCount('attempts', attempts);
  for (let attempt = 1; ; attempt++) {
    const reservation = await reservePort(options);
    await reservation.release();
    try {
      return await start(reservation.port);
    } catch (error) {
      if (attempt >= attempts || !isAddressInUse(error)) throw error;
      options.signal?.throwIfAborted();
    }
  }
}

function isAddressInUse(error: unknown): boolean {
  let each = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof each === 'object' && each !== null; depth++) {
    const { code, cause } = each as { readonly code?: unknown; readonly cause?: unknown };
    if (code === 'EADDRINUSE') return true;
    each = cause;
  }
  return false;
}

/** The side that has the object. */
import { describe } from '../signal/wait-options.ts';
import { checkCallback, checkCount, checkObject } from '../pacing/option-checks.ts';
import { CallGate } from './call-gate.ts';
import { type Endpoint, linkOver } from './endpoint.ts';
import type { Allow, Policy } from './local-object.ts';
import { reachCheck } from './reachable.ts';

/** How the calls of the other side are carried out. */
export interface ExposeOptions {
  /**
   * How many calls are carried out at the same time, of the object and of all that is reached through it. The others
   * wait in the order in which they came.
   *
   * @default {Infinity}
   */
  readonly concurrency?: number | undefined;
  /**
   * How many calls may wait; one more is rejected with a QueueFullError.
   *
   * @default {65,536, as many as can be in flight}
   */
  readonly queueLimit?: number | undefined;
  /**
   * Whether each object does one thing after the other, in the order of the calls: the next one starts once the promise
   * of the one before has settled. A method that waits for another call of its own object then waits for ever.
   *
   * @default {false}
   */
  readonly ordered?: boolean | undefined;
  /**
   * What can be reached, where it is not to be all that the object offers. A side in another process reaches no more
   * than what the object and its classes own in any case (see reachable.ts).
   *
   * A list of names, such as `['quote', 'orders.place']`: only these and what is below them; among them may be fields
   * of instances, which are not reached from another process otherwise. Or a function that is asked before anything is
   * reached: what the path of names leads from, and what is to be done there; it refuses by returning false, or by
   * throwing what the caller is to see.
   */
  readonly allow?: Allow | readonly string[] | undefined;
}

/**
 * Lets the other side of an endpoint use an object, a function or a class, as Comlink's `expose` does: its methods are
 * called, its properties read and set, its classes constructed. Values are copied; `proxy(value)` stays here and is
 * used from there; `transfer(value, [buffer])` moves. AbortSignals, async iterables and generators travel as
 * themselves, errors with their class, code, cause and stack.
 *
 * It keeps the event loop alive until the connection ends: when the other side releases what it has wrapped, closes or
 * dies. Then `[finalizer]()` of the object is called, if it has one.
 *
 * @throws {TypeError} if `endpoint` is none or exposes an object already, and for options that are wrong
 * @throws {PeerGoneError} if the connection has ended
 * @example
 * ```ts
 * import { parentPort } from 'node:worker_threads';
 * import { expose } from 'reveille/rpc';
 *
 * expose({ add: (a: number, b: number) => a + b }, parentPort);
 * ```
 */
export function expose(api: unknown, endpoint: Endpoint, options: ExposeOptions = {}): void {
  if ((typeof api !== 'object' || api === null) && typeof api !== 'function') {
    throw new TypeError(`Expected what is exposed to be an object, a function or a class, got ${describe(api)}`);
  }
  linkOver(endpoint).expose(api, policyOf(api, options));
}

/**
 * How calls are carried out, as options say it.
 *
 * @throws {TypeError} or RangeError that names the option, what it got and what it takes.
 */
export function policyOf(api: unknown, options: ExposeOptions): Policy {
  checkObject('The options of expose', options);
  const { concurrency = Infinity, queueLimit = Infinity, ordered = false, allow } = options;
  checkCount('concurrency', concurrency);
  checkCount('queueLimit', queueLimit);
  if (typeof ordered !== 'boolean') {
    throw new TypeError(`Expected option 'ordered' to be a boolean, got ${describe(ordered)}`);
  }
  const policy = { gate: new CallGate(concurrency), queueLimit, ordered };
  if (Array.isArray(allow)) return { ...policy, allow: undefined, reach: reachCheck(api, allow as string[]) };
  checkCallback('allow', allow);
  return { ...policy, allow: allow as Allow | undefined };
}

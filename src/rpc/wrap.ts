/** The side that has not the object, but uses it. */
import type { Remote } from 'comlink';
import { checkDelay, checkObject } from '../pacing/option-checks.ts';
import { type Endpoint, linkOver } from './endpoint.ts';
import { RemoteObject } from './remote-object.ts';

const READY_TIMEOUT_MS = 30_000;

/** How the other side is waited for. */
export interface WrapOptions {
  /**
   * Milliseconds that calls wait for the other side to expose its object, from the first of them on; then they reject
   * with a NotReadyError. Infinity: for ever.
   *
   * @default {30,000}
   */
  readonly readyTimeout?: number | undefined;
}

/**
 * What the other side of an endpoint exposes, as Comlink's `wrap` gives it: each call and each property is a promise.
 *
 * Calls may be made before it is exposed. When the other side dies, ends, closes the connection or when this one
 * releases it (`remote[releaseProxy]()`), all that is in flight rejects with a PeerGoneError within a turn of the event
 * loop, and so does each call after that. Calls keep the process alive, a remote object does not.
 *
 * What a call of a callback, or of another object that the other side has given, rejects with may go unhandled: a peer
 * that throws or leaves does not end a process that does not wait for its callbacks.
 *
 * An error of the other side has that side's stack; its `callStack` says who called here, if fewer than 16 other calls
 * of the object were in flight.
 *
 * @typeParam T - what is exposed
 * @param endpoint - what it is reached over; several `wrap` and one `expose` on each side may share it
 * @throws {TypeError} if `endpoint` is none, and for options that are wrong
 * @example
 * ```ts
 * const calculator = wrap<Calculator>(new Worker(new URL('./calculator.js', import.meta.url)));
 * const five = await calculator.add(2, 3);
 * const slow = await withCall(calculator, { timeout: 500 }).factor(n);
 * ```
 */
export function wrap<T>(endpoint: Endpoint, options: WrapOptions = {}): Remote<T> {
  checkObject('The options of wrap', options);
  const { readyTimeout = READY_TIMEOUT_MS } = options;
  checkDelay('readyTimeout', readyTimeout);
  if ((endpoint as unknown) instanceof RemoteObject)
    return (endpoint as unknown as RemoteObject).wrapped() as Remote<T>;
  return linkOver(endpoint).wrap(readyTimeout) as Remote<T>;
}

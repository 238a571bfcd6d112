/** The calls of the other side that are not answered yet. */
import type { PeerGoneError } from '../errors.ts';
import { IncomingCall } from './incoming-call.ts';
import type { CallFrame } from './link-frames.ts';
import { MOST_CALLS } from './outgoing-calls.ts';

/** By their numbers, which the other side has given them. */
export class IncomingCalls {
  readonly #calls = new Map<number, IncomingCall>();
  /** Those of an object that is not exposed yet. */
  readonly #early: IncomingCall[] = [];

  /** @throws {RangeError} if the other side has too many in flight, or gives a number twice */
  add(frame: CallFrame): IncomingCall {
    const call = new IncomingCall(frame);
    if (this.#calls.has(call.number) || this.#calls.size >= MOST_CALLS) throw new RangeError('Too many calls');
    this.#calls.set(call.number, call);
    return call;
  }

  /** Keeps one until the object is exposed. */
  postpone(call: IncomingCall): void {
    this.#early.push(call);
  }

  /** Those that were kept, in their order. */
  takePostponed(): IncomingCall[] {
    return this.#early.splice(0);
  }

  /** The caller wants no answer any more. It gets one all the same, so the call stays. */
  cancel(number: number, reason: unknown): void {
    this.#calls.get(number)?.cancel(reason);
  }

  answered(call: IncomingCall): void {
    this.#calls.delete(call.number);
  }

  /** The connection has ended. */
  cancelAll(error: PeerGoneError): void {
    this.#early.length = 0;
    for (const call of this.#calls.values()) call.cancel(error);
    this.#calls.clear();
  }
}

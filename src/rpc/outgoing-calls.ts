/** The calls of this side that have no answer yet. */
import { type PeerGoneError, QueueFullError } from '../errors.ts';
import type { OutgoingCall } from './outgoing-call.ts';

/** Calls in flight each way, waiting ones included. Whoever has more of them than this has lost count. */
export const MOST_CALLS = 65_536;

/** By their numbers, which this side gives them. */
export class OutgoingCalls {
  readonly #calls = new Map<number, OutgoingCall>();
  #next = 1;

  get size(): number {
    return this.#calls.size;
  }

  /**
   * The number for the next one.
   *
   * @throws {QueueFullError} if there are too many
   */
  number(): number {
    if (this.#calls.size < MOST_CALLS) return this.#next++;
    throw new QueueFullError(`Cannot call: ${MOST_CALLS} calls are in flight on the connection; await some first`);
  }

  /** Its number is out: from now on an answer may come. */
  sent(call: OutgoingCall, number: number): void {
    call.number = number;
    this.#calls.set(number, call);
  }

  /** The one that an answer is for; undefined if nobody waits for it. */
  take(number: number): OutgoingCall | undefined {
    const call = this.#calls.get(number);
    this.#calls.delete(number);
    return call;
  }

  /** Those of an object that are not settled. */
  of(object: object): OutgoingCall[] {
    return [...this.#calls.values()].filter((call) => call.object === object && !call.isSettled);
  }

  /** The connection has ended. */
  failAll(error: PeerGoneError): void {
    for (const call of this.#calls.values()) call.fail(error);
    this.#calls.clear();
  }
}

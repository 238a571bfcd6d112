/** A call of this side, from the moment that Comlink makes it to its answer. */
import { thrownWire, type WireValue } from './wire-values.ts';

/** Takes the outcome of a call. */
export type Settle = (outcome: WireValue) => void;

/** One call. Whoever made it is told its outcome once: the answer, or whatever came before it. */
export class OutgoingCall {
  /** Its number on the connection; 0 until it is sent. */
  number = 0;
  /** The numbers of the signals that went with it. */
  signals: readonly number[] = [];
  /** Takes away what would end it early. */
  unwatch: (() => void) | undefined;
  /** The stack of whoever calls: errors of the other side know their own only. */
  readonly where: Error | undefined;
  /** The object that is called. */
  readonly object: object;
  readonly #isSet: boolean;
  readonly #settle: Settle;
  readonly #over: () => void;
  #isSettled = false;

  /**
   * @param isSet - whether it sets a property: then nobody can get hold of Comlink's promise
   * @param isTraced - whether it remembers who called, which takes microseconds
   * @param over - called once it is settled, before the caller is told
   */
  constructor(object: object, isSet: boolean, isTraced: boolean, settle: Settle, over: () => void) {
    this.object = object;
    this.#isSet = isSet;
    this.#settle = settle;
    this.#over = over;
    this.where = isTraced ? new Error('called here') : undefined;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /**
   * No answer will come, or none is wanted. The assignment of a property has been told to succeed already: its
   * rejection could be handled by nobody, and would end the process.
   */
  fail(reason: unknown): void {
    this.settle(this.#isSet ? { type: 'RAW', value: true } : thrownWire(reason));
  }

  settle(outcome: WireValue): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.unwatch?.();
    this.#over();
    this.#settle(outcome);
  }
}

/** A call of this side, from the moment that Comlink makes it to its answer. */
import { thrownWire, type WireValue } from './wire-values.ts';

/** Where Comlink takes messages. */
export type Listener = (event: { readonly data: unknown }) => void;

/** One call. Comlink is told its outcome once: the answer, or whatever came before it. */
export class OutgoingCall {
  /** Its number on the connection; 0 until it is sent. */
  number = 0;
  /** The numbers of the signals that went with it. */
  signals: readonly number[] = [];
  /** The stack of whoever calls: errors of the other side know their own only. */
  readonly where: Error;
  readonly #id: unknown;
  readonly #isSet: boolean;
  readonly #listener: Listener;
  readonly #settled: () => void;
  #isSettled = false;

  /**
   * @param id - Comlink's own for it
   * @param isSet - whether it sets a property: then nobody can get hold of Comlink's promise
   * @param settled - called once it is settled, before Comlink is told
   */
  constructor(id: unknown, isSet: boolean, listener: Listener, settled: () => void) {
    this.#id = id;
    this.#isSet = isSet;
    this.#listener = listener;
    this.#settled = settled;
    this.where = new Error('called here');
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

  settle({ type, name, value }: WireValue): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settled();
    this.#listener({ data: { id: this.#id, type, name, value } });
  }
}

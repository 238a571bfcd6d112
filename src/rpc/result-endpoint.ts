/**
 * How a result travels that is more than a plain value: Comlink decides, as for every result. It sees an object that
 * gives the result when it is called, and answers with what it makes of it.
 */
import { expose, transferHandlers } from 'comlink';
import type { MovableValue } from '../runtime.ts';
import type { WireValue } from './wire-values.ts';

type Listener = (event: { readonly data: unknown }) => void;

/** Takes the answers that Comlink makes. */
interface Answers {
  postMessage(message: WireValue & { readonly id: number }, transfer?: MovableValue[]): void;
}

/** Comlink's own: `proxy` and `throw`. One of the user may want to see every value. */
const OWN_HANDLERS: number = transferHandlers.size;

/** Whether it is copied, whatever Comlink thinks of it: no handler of the user can want it. */
export function isPlainResult(value: unknown): boolean {
  if (transferHandlers.size !== OWN_HANDLERS) return false;
  if (typeof value === 'object') return value === null;
  return typeof value !== 'function' && typeof value !== 'symbol';
}

/** The endpoint that Comlink exposes results on. */
export class ResultEndpoint {
  readonly #answers: Answers;
  #listener: Listener = () => {};
  #result: unknown;

  constructor(answers: Answers) {
    this.#answers = answers;
    expose(() => this.#result, this);
  }

  /** Has the call of that number answered. Comlink asks for the result before this returns. */
  give(call: number, result: unknown): void {
    this.#result = result;
    this.#listener({ data: { id: call, type: 'APPLY', path: [], argumentList: [] } });
    this.#result = undefined;
  }

  /** @internal Comlink's */
  addEventListener(_type: string, listener: Listener): void {
    this.#listener = listener;
  }

  /** @internal Comlink's */
  removeEventListener(): void {}

  /** @internal Comlink's: an answer */
  postMessage(message: WireValue & { readonly id: number }, transfer?: MovableValue[]): void {
    this.#answers.postMessage(message, transfer);
  }
}

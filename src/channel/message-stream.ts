import { ChannelClosedError } from '../errors.ts';
import { TurnBudget } from './turn-budget.ts';

/** Iterates over messages until there are no more. */
export class MessageStream<T> implements AsyncIterableIterator<T, undefined> {
  readonly #tryReceive: () => { readonly value: T } | undefined;
  readonly #receive: () => Promise<T>;
  readonly #budget = new TurnBudget();
  #isDone = false;

  /**
   * @param tryReceive - the next message if it is there: without the promises that it takes to wait
   * @param receive - the next message, or a ChannelClosedError at the end
   */
  constructor(tryReceive: () => { readonly value: T } | undefined, receive: () => Promise<T>) {
    this.#tryReceive = tryReceive;
    this.#receive = receive;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isDone) return Promise.resolve({ done: true, value: undefined });
    try {
      const next = this.#tryReceive();
      return next === undefined ? this.#waitForNext() : this.#budget.resolved({ done: false, value: next.value });
    } catch (error) {
      this.#isDone = true;
      return Promise.reject(error);
    }
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#isDone = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #waitForNext(): Promise<IteratorResult<T, undefined>> {
    try {
      return { done: false, value: await this.#receive() };
    } catch (error) {
      this.#isDone = true;
      if (error instanceof ChannelClosedError) return { done: true, value: undefined };
      throw error;
    }
  }
}

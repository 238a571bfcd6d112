/** The three ways of receiving, and iterating: what a channel and a subscription to a topic have in common. */
import { hasLocalWaiters } from '../signal/local-waits.ts';
import { Primitive } from '../signal/primitive.ts';
import type { SyncWaitOptions, WaitOptions } from '../signal/wait-options.ts';
import type { Waiter } from '../signal/wait.ts';
import { waitBlocking, waitInLoop } from '../signal/waiting.ts';
import { checkCall, NO_OPTIONS } from './check-call.ts';
import { MessageStream } from './message-stream.ts';
import { closedToReceivers, ReceiveWait } from './message-waits.ts';
import { TurnBudget } from './turn-budget.ts';

/** There is none to take: no value, since any may have been sent. */
export const NO_MESSAGE: unique symbol = Symbol('no message');

/** Where messages come from, one after the other. */
export abstract class MessageReceiver<T> extends Primitive implements AsyncIterable<T> {
  /** @internal Waiting for it takes nothing. */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;
  /** @internal What is closed when there are no more. */
  protected abstract readonly source: 'channel' | 'topic';
  readonly #received = new TurnBudget();

  /** @internal Takes the next message, or returns NO_MESSAGE. */
  protected abstract take(): unknown;
  /** @internal Whether there is something to receive, or it is closed. */
  protected abstract canReceive(): boolean;
  /** @internal There was no message: whether nothing will come any more. */
  protected abstract hasEnded(): boolean;

  /**
   * Receives the next message, once there is one. Calls of one thread are served in their order.
   *
   * @throws {ChannelClosedError} once the channel or topic is closed and everything was received
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it took nothing
   */
  receive(options: WaitOptions = NO_OPTIONS): Promise<T> {
    try {
      checkCall(this, options);
      const message = this.#takeInTurn();
      if (message !== NO_MESSAGE) return this.#received.resolved(message as T);
      const wait = new ReceiveWait();
      wait.add(this, 0);
      return waitInLoop(wait, `${this.name}.receive`, options, () => wait.message as T);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Receives the next message, blocking the thread until there is one.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless there is one or `allowBlocking` is
   *   given
   */
  receiveSync(options: SyncWaitOptions = NO_OPTIONS): T {
    checkCall(this, options);
    const message = this.#takeInTurn();
    if (message !== NO_MESSAGE) return message as T;
    const wait = new ReceiveWait();
    wait.add(this, 0);
    return waitBlocking(wait, `${this.name}.receiveSync`, `${this.name}.receive`, options, () => wait.message as T);
  }

  /**
   * Receives the next message if there is one, and nothing of this thread waits for it already.
   *
   * @returns the message in an object, since any value may have been sent; undefined if there is none
   */
  tryReceive(): { readonly value: T } | undefined {
    this.check();
    const message = this.#takeInTurn();
    return message === NO_MESSAGE ? undefined : { value: message as T };
  }

  /**
   * Receives messages until the channel or topic is closed and everything was received. Several iterations over one
   * channel share its messages.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.values();
  }

  /** The same, with options for each wait. Leaving the loop takes no message and closes nothing. */
  values(options: WaitOptions = NO_OPTIONS): AsyncIterableIterator<T, undefined> {
    checkCall(this, options);
    const { signal } = options;
    return new MessageStream(
      () => (signal?.aborted === true ? undefined : this.tryReceive()),
      () => this.receive(options),
    );
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake({ wait, queue: place }: Waiter): boolean {
    if (!(wait instanceof ReceiveWait)) return this.canReceive();
    if (place === undefined && this.#mustWait) return false;
    const message = this.take();
    if (message === NO_MESSAGE) {
      if (this.hasEnded()) throw closedToReceivers(this.source);
      return false;
    }
    wait.message = message;
    return true;
  }

  /** @internal Waiting takes nothing from it. */
  giveBack(): void {}

  #takeInTurn(): unknown {
    return this.#mustWait ? NO_MESSAGE : this.take();
  }

  /** Not before those of this thread that wait already. */
  get #mustWait(): boolean {
    return hasLocalWaiters(this.arena, this.handle.offset);
  }
}

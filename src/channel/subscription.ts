/** One subscriber's side of a topic, used by the thread that subscribed. */
import { ChannelClosedError } from '../errors.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { PRIMITIVE_BYTES } from '../signal/primitive-block.ts';
import { Primitive } from '../signal/primitive.ts';
import { registerRecovery } from '../signal/recovery.ts';
import { checkWaitOptions, type SyncWaitOptions, type WaitOptions } from '../signal/wait-options.ts';
import { hasLocalWaiters } from '../signal/local-waits.ts';
import type { Waiter } from '../signal/wait.ts';
import { waitBlocking, waitInLoop } from '../signal/waiting.ts';
import { MessageStream } from './message-stream.ts';
import { closedToReceivers, ReceiveWait } from './message-waits.ts';
import { ownThread } from './own-thread.ts';
import { MOST_SUBSCRIPTIONS, OWNER, TOPIC, TOPIC_GENERATION } from './subscription-table.ts';
import { TopicLog } from './topic-log.ts';
import { checkSubscribeOptions, type ListenOptions, type SubscribeOptions } from './topic-options.ts';
import { ENDED, MESSAGE, NOTHING_YET, TopicReader } from './topic-reader.ts';
import { TurnBudget } from './turn-budget.ts';
import { wakeAll } from './wake-next.ts';

/** The kind of its block. It is of no use to another thread, so nobody is ever given a handle of it. */
export const SUBSCRIPTION = 0x0204;

/** In the place of the owner: its thread is dead. */
const ORPHANED = -1;

const NO_OPTIONS: WaitOptions = {};

/**
 * The messages of a topic, from the moment of subscribing on. Dispose it when it is no longer wanted: while it is
 * there, one whose `overflow` is `block` can hold up all publishers.
 *
 * @example
 * ```ts
 * const subscription = topic.subscribe({ replay: 10 });
 * for await (const message of subscription) await handle(message);
 * ```
 */
export class Subscription<T = unknown> extends Primitive implements AsyncIterable<T> {
  /** @internal Waiting for it takes nothing. */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;
  readonly #log: TopicLog;
  readonly #reader: TopicReader;
  readonly #received = new TurnBudget();

  /** @internal Topic.subscribe makes them. */
  constructor(log: TopicLog, topicGeneration: number, options: SubscribeOptions) {
    const { capacity, overflow, replay } = checkSubscribeOptions(options, log.capacity);
    const thread = ownThread(log.arena, 'Topic');
    const { arena } = log;
    super('Subscription', SUBSCRIPTION, {
      buffer: arena.buffer,
      kind: SUBSCRIPTION,
      offset: arena.allocate(PRIMITIVE_BYTES, SUBSCRIPTION),
    });
    this.#log = log;
    const { offset } = this.handle;
    this.words[this.base + TOPIC] = log.offset;
    this.words[this.base + TOPIC_GENERATION] = topicGeneration;
    this.#reader = new TopicReader(log, offset, capacity, overflow !== 'block');
    this.#reader.prepare(replay);
    store(this.words, this.base + OWNER, thread + 1);
    if (!log.subscriptions.enter(offset)) {
      super[Symbol.dispose]();
      throw new RangeError(`Cannot subscribe to the Topic: it has ${MOST_SUBSCRIPTIONS} subscriptions already`);
    }
    this.#reader.begin(replay);
  }

  /** How many messages were dropped because it was not fast enough. */
  get dropped(): number {
    return this.#reader.dropped;
  }

  /**
   * Receives the next message, once there is one.
   *
   * @throws {ChannelClosedError} once the topic is closed and everything was received
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it took nothing
   */
  receive(options: WaitOptions = NO_OPTIONS): Promise<T> {
    try {
      this.#checkCall(options);
      if (!this.#mustWait && this.#reader.read() === MESSAGE) return this.#received.resolved(this.#reader.message as T);
      const wait = new ReceiveWait();
      wait.add(this, 0);
      return waitInLoop(wait, 'Subscription.receive', options, () => wait.message as T);
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
    this.#checkCall(options);
    const wait = new ReceiveWait();
    wait.add(this, 0);
    return waitBlocking(wait, 'Subscription.receiveSync', 'Subscription.receive', options, () => wait.message as T);
  }

  /** Receives the next message if there is one, in an object, since any value may have been sent. */
  tryReceive(): { readonly value: T } | undefined {
    this.check();
    if (this.#mustWait || this.#reader.read() !== MESSAGE) return undefined;
    return { value: this.#reader.message as T };
  }

  /** Receives messages until the topic is closed and everything was received. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.values();
  }

  /** The same, with options for each wait. */
  values(options: WaitOptions = NO_OPTIONS): AsyncIterableIterator<T, undefined> {
    this.#checkCall(options);
    const { signal } = options;
    return new MessageStream(
      () => (signal?.aborted === true ? undefined : this.tryReceive()),
      () => this.receive(options),
    );
  }

  /**
   * Calls `listener` with each message, one after the other: if it returns a promise, the next message waits for it.
   * What it throws or rejects with goes to `onError`; without one it is an uncaught error, as with an EventTarget.
   * Either way the next message follows.
   *
   * @returns a promise that is fulfilled once the topic is closed and everything was received, the subscription is
   *   disposed, or the signal has fired
   */
  async listen(listener: (message: T) => unknown, options: ListenOptions = {}): Promise<void> {
    if (typeof listener !== 'function') {
      throw new TypeError(`Expected the listener of a Subscription to be a function, got ${typeof listener}`);
    }
    const { signal, ref, onError = reportUncaught } = options;
    for (;;) {
      let message: T;
      try {
        message = await this.receive({ signal, ref });
      } catch (error) {
        if (signal?.aborted === true || this.isDisposed || error instanceof ChannelClosedError) return;
        throw error;
      }
      try {
        await listener(message);
      } catch (error) {
        route(error, onError);
      }
    }
  }

  /** Unsubscribes. Waits for it that are under way are rejected. */
  override [Symbol.dispose](): void {
    if (this.isDisposed) return;
    this.#log.remove(this.handle.offset);
    super[Symbol.dispose]();
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake({ wait, queue: place }: Waiter): boolean {
    if (!(wait instanceof ReceiveWait)) return this.#reader.canRead();
    // Not before those that wait already.
    if (place === undefined && this.#mustWait) return false;
    const found = this.#reader.read();
    if (found === NOTHING_YET) return false;
    if (found === ENDED) throw closedToReceivers('topic');
    wait.message = this.#reader.message;
    return true;
  }

  /** @internal Waiting takes nothing from it. */
  giveBack(): void {}

  /** @internal No other thread waits for it. */
  passOn(): void {}

  get #mustWait(): boolean {
    return hasLocalWaiters(this.arena, this.handle.offset);
  }

  #checkCall(options: WaitOptions | SyncWaitOptions): void {
    this.check();
    if (options === NO_OPTIONS) return;
    checkWaitOptions(options);
    options.signal?.throwIfAborted();
  }
}

registerRecovery(SUBSCRIPTION, {
  forget(arena, offset, dead) {
    const base = offset >> 2;
    const owner = load(arena.i32, base + OWNER);
    if (owner !== dead + 1 && owner !== ORPHANED) return;
    const topic = load(arena.i32, base + TOPIC);
    if (arena.generation(topic) === arena.i32[base + TOPIC_GENERATION]) new TopicLog(arena, topic).remove(offset);
    // After that, so that another observer does it if this one dies.
    compareExchange(arena.i32, base + OWNER, dead + 1, ORPHANED);
  },
  alert(arena, offset) {
    const word = (offset >> 2) + OWNER;
    // Not before: the dead thread's interest is cleared in the block. Only one observer frees it.
    if (compareExchange(arena.i32, word, ORPHANED, 0) === ORPHANED) arena.free(offset);
    else wakeAll(arena, offset);
  },
});

function route(error: unknown, onError: (error: unknown) => void): void {
  try {
    onError(error);
  } catch (another) {
    reportUncaught(another);
  }
}

/** As an EventTarget does: nobody else sees it, but it is not lost. */
function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

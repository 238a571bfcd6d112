/** One subscriber's side of a topic, used by the thread that subscribed. */
import { ChannelClosedError } from '../errors.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { PRIMITIVE_BYTES } from '../signal/primitive-block.ts';
import { registerRecovery } from '../signal/recovery.ts';
import { MessageReceiver, NO_MESSAGE } from './message-receiver.ts';
import { ownThread } from './own-thread.ts';
import { MOST_SUBSCRIPTIONS, OWNER, TOPIC, TOPIC_GENERATION } from './subscription-table.ts';
import { TopicLog } from './topic-log.ts';
import { checkSubscribeOptions, type ListenOptions, type SubscribeOptions } from './topic-options.ts';
import { ENDED, MESSAGE, NOTHING_YET, TopicReader } from './topic-reader.ts';
import { wakeAll } from './wake-next.ts';

/** The kind of its block. It is of no use to another thread, so nobody is ever given a handle of it. */
export const SUBSCRIPTION = 0x0204;

/** In the place of the owner: its thread is dead. */
const ORPHANED = -1;

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
export class Subscription<T = unknown> extends MessageReceiver<T> {
  /** @internal */
  protected readonly source = 'topic';
  readonly #log: TopicLog;
  readonly #reader: TopicReader;
  /** What was found when it was last looked for a message. */
  #found: number = NOTHING_YET;

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

  /** @internal No other thread waits for it. */
  passOn(): void {}

  /** @internal */
  protected take(): unknown {
    this.#found = this.#reader.read();
    return this.#found === MESSAGE ? this.#reader.message : NO_MESSAGE;
  }

  /** @internal */
  protected canReceive(): boolean {
    return this.#reader.canRead();
  }

  /** @internal */
  protected hasEnded(): boolean {
    return this.#found === ENDED;
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

/** The public face of a topic: what is published lies in its log (topic-log.ts), from which subscriptions read. */
import type { Arena } from '../memory/arena.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { forEachInterested, KIND } from '../signal/primitive-block.ts';
import { Primitive } from '../signal/primitive.ts';
import { registerRecovery } from '../signal/recovery.ts';
import type { SyncWaitOptions, WaitOptions } from '../signal/wait-options.ts';
import { hasLocalWaiters, wake } from '../signal/local-waits.ts';
import type { Waiter } from '../signal/wait.ts';
import { checkCapacity, handleIn } from './channel-options.ts';
import { NO_OPTIONS } from './check-call.ts';
import { CLOSED, PUT } from './message-queue.ts';
import { type MessageOutlet, MessageSender } from './message-sender.ts';
import { closedToSenders, SendWait } from './message-waits.ts';
import { ownThread } from './own-thread.ts';
import type { PackedMessage } from './packed-message.ts';
import { Subscription } from './subscription.ts';
import { formatLog, logBytes, TopicLog } from './topic-log.ts';
import type { SubscribeOptions, TopicOptions } from './topic-options.ts';
import { wakeOther } from './wake-next.ts';

/**
 * Messages from any thread to every subscription, in any thread.
 *
 * - **Ordered.** All subscriptions see the messages in one order, in which those of one thread are in the order in
 *   which it published them.
 * - **Bounded.** Each subscription says how many messages may wait for it, and what happens beyond that: publishers
 *   wait, the oldest are dropped and counted, or only the latest counts. One that misses nothing can hold up all
 *   publishers, and one that may miss some holds up nobody.
 * - **Copies**, as with a Channel: what `structuredClone` copies, as long as it can be bytes.
 * - **Deaths.** The subscriptions of a thread that dies are taken off, so nobody waits for them.
 *
 * In `waitAny` and `waitAll` it means "there is room, or it is closed", and a subscription "there is something to
 * receive, or it is closed"; nothing is taken.
 *
 * @typeParam T - what is published; not checked
 * @example
 * ```ts
 * const prices = new Topic<Price>({ capacity: 256 });
 * await pool.run('watch', [prices]); // in the task: prices.subscribe({ overflow: 'latest', replay: 1 })
 * await prices.publish({ symbol: 'ABC', price: 12.5 });
 * ```
 */
export class Topic<T = unknown> extends Primitive implements MessageOutlet {
  /** @internal Waiting for it takes nothing. */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;
  readonly #log: TopicLog;
  readonly #sender: MessageSender;

  /** @param options - how large it is (a handle attaches to an existing one, as `from` does) */
  constructor(options: TopicOptions | Handle) {
    const handle = handleIn(options);
    const capacity = handle === undefined ? checkCapacity('Topic', options, 1) : 0;
    super('Topic', KIND.topic, handle, handle === undefined ? logBytes(capacity) : undefined);
    if (handle === undefined) formatLog(this.arena, this.handle.offset, capacity);
    this.#log = new TopicLog(this.arena, this.handle.offset);
    this.#sender = new MessageSender(this, this, 'publish');
  }

  /** The topic that a handle stands for, in this thread. */
  static from<T = unknown>(handle: Handle): Topic<T> {
    return new Topic<T>(handle);
  }

  /** How many of the latest messages it keeps. */
  get capacity(): number {
    return this.#log.capacity;
  }

  /** How many subscriptions there are at the moment, in all threads. */
  get subscribers(): number {
    this.check();
    return [...this.#log.subscriptions].length;
  }

  /** Whether `close` was called: nothing can be published any more. */
  get isClosed(): boolean {
    this.check();
    return this.#log.isClosed;
  }

  /**
   * Publishes a message, once all subscriptions that must not miss it have room. The messages of one thread go in the
   * order of the calls.
   *
   * @throws {ChannelClosedError} if it is closed, or closed before there was room
   * @throws {DOMException} DataCloneError, if the value cannot be sent
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then nobody was sent it
   */
  publish(value: T, options: WaitOptions = NO_OPTIONS): Promise<void> {
    return this.#sender.send(value, options);
  }

  /**
   * Publishes a message, blocking the thread until there is room.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless there is room or `allowBlocking` is
   *   given
   */
  publishSync(value: T, options: SyncWaitOptions = NO_OPTIONS): void {
    this.#sender.sendSync(value, options);
  }

  /**
   * Publishes a message if there is room, and nothing of this thread waits to be published already.
   *
   * @returns whether it was published
   * @throws {ChannelClosedError} if it is closed
   */
  tryPublish(value: T): boolean {
    return this.#sender.trySend(value);
  }

  /**
   * Subscribes this thread: to what is published from now on, and to the latest `replay` messages before.
   *
   * @throws {RangeError} if the topic has 64 subscriptions
   * @example
   * ```ts
   * using subscription = prices.subscribe({ overflow: 'dropOldest', capacity: 100 });
   * for await (const price of subscription) show(price, subscription.dropped);
   * ```
   */
  subscribe(options: SubscribeOptions = {}): Subscription<T> {
    this.check();
    return new Subscription<T>(this.#log, this.generation, options);
  }

  /**
   * Ends it: nothing can be published from now on, and every `publish` that waits is refused. Subscribers receive what
   * was published before; then `receive` rejects, and iterations end.
   */
  close(): void {
    this.check();
    this.#log.close();
  }

  /** Gives its memory back, and that of all subscriptions. Waits that are under way are rejected. */
  override [Symbol.dispose](): void {
    if (this.isDisposed) return;
    const subscriptions = [...this.#log.subscriptions];
    this.#log.discard();
    super[Symbol.dispose]();
    for (const subscription of subscriptions) freeSubscription(this.arena, subscription);
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake({ wait, queue: place }: Waiter): boolean {
    if (!(wait instanceof SendWait)) return this.#log.isClosed || this.#log.mayPut();
    // Not before those of this thread that wait already.
    return place === undefined ? this.put(wait.message) : this.#write(wait.message);
  }

  /** @internal Waiting takes nothing from it. */
  giveBack(): void {}

  /** @internal */
  passOn(thread: number): void {
    if (this.#log.isClosed || this.#log.mayPut()) wakeOther(this.arena, this.handle.offset, thread);
  }

  /** @internal */
  put(message: PackedMessage): boolean {
    return !hasLocalWaiters(this.arena, this.handle.offset) && this.#write(message);
  }

  /** Returns whether there was room. */
  #write(message: PackedMessage): boolean {
    const outcome = this.#log.put(message, ownThread(this.arena, 'Topic'));
    if (outcome === CLOSED) throw closedToSenders('topic');
    return outcome === PUT;
  }
}

registerKind(KIND.topic, Topic.from);

registerRecovery(KIND.topic, {
  forget: (arena, offset, dead) => new TopicLog(arena, offset).recover(dead, ownThread(arena, 'Topic')),
  alert: (arena, offset) => new TopicLog(arena, offset).alert(),
});

function freeSubscription(arena: Arena, offset: number): void {
  const interested: number[] = [];
  // The subscriber may dispose it at the same time.
  if (arena.blockAt(offset) === undefined) return;
  arena.free(offset, () => forEachInterested(arena.i32, offset >> 2, (thread) => interested.push(thread)));
  for (const thread of interested) wake(arena, offset, thread);
}

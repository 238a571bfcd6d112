/**
 * The public face of a channel: it joins the ring (message-queue.ts) with the two things that can be waited for, which
 * are the channel itself for those who receive, and its room for those who send.
 */
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { KIND } from '../signal/primitive-block.ts';
import { Primitive } from '../signal/primitive.ts';
import { registerRecovery } from '../signal/recovery.ts';
import { checkWaitOptions, type SyncWaitOptions, type WaitOptions } from '../signal/wait-options.ts';
import { hasLocalWaiters } from '../signal/local-waits.ts';
import type { Waiter } from '../signal/wait.ts';
import { nothing } from '../signal/wait-for-one.ts';
import { waitBlocking, waitInLoop } from '../signal/waiting.ts';
import { type ChannelOptions, checkCapacity, handleIn } from './channel-options.ts';
import { CHANNEL_ROOM, ChannelRoom } from './channel-room.ts';
import { CLOSED, formatQueue, MessageQueue, NOTHING, PUT, queueBytes } from './message-queue.ts';
import { MessageStream } from './message-stream.ts';
import { closedToReceivers, closedToSenders, ReceiveWait, SendWait } from './message-waits.ts';
import { ownThread } from './own-thread.ts';
import { pack, type PackedMessage } from './packed-message.ts';
import { TurnBudget } from './turn-budget.ts';
import { wakeOther } from './wake-next.ts';

const NO_OPTIONS: WaitOptions = {};

/**
 * A bounded queue of messages between threads: any number of them send, any number receive, each message goes to one.
 *
 * - **Ordered.** The messages of one thread are received in the order in which it sent them.
 * - **Bounded.** `send` waits while `capacity` messages are there. Nothing is ever dropped.
 * - **Closed, not cut.** After `close()` nothing can be sent; what was sent is still received, then receiving ends.
 * - **Copies.** Values are copied when they are sent, as `structuredClone` would. What cannot be copied as bytes
 *   (functions, ports, shared memory, other objects of the platform) is refused with a DataCloneError; Reveille's own
 *   primitives, channels included, arrive as themselves. Messages of up to 256 bytes lie in the channel, larger ones
 *   take a block of the arena until they are received.
 * - **Cancelled at no cost.** A `send` that is cancelled has sent nothing, a `receive` that is cancelled has taken
 *   nothing.
 * - **Deaths.** A thread that dies while it sends has sent the message or not, and holds up nobody once its end is
 *   known. One that dies while it receives may take that one message with it: each is received at most once.
 *
 * In `waitAny` and `waitAll` it means "there is something to receive, or it is closed", and nothing is taken.
 *
 * @typeParam T - what is sent; not checked
 * @example
 * ```ts
 * const jobs = new Channel<Job>({ capacity: 100 });
 * const workers = [pool.run('work', [jobs]), pool.run('work', [jobs])]; // for await (const job of jobs) { ... }
 * for (const job of list) await jobs.send(job);
 * jobs.close();
 * await Promise.all(workers);
 * ```
 */
export class Channel<T = unknown> extends Primitive implements AsyncIterable<T> {
  /** @internal Waiting for it takes nothing. */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;
  readonly #queue: MessageQueue;
  readonly #room: ChannelRoom;
  readonly #sent = new TurnBudget();
  readonly #received = new TurnBudget();
  #thread = -1;

  /** @param options - how large it is (a handle attaches to an existing one, as `from` does) */
  constructor(options: ChannelOptions | Handle) {
    const handle = handleIn(options);
    const capacity = handle === undefined ? checkCapacity('Channel', options) : 0;
    super('Channel', KIND.channel, handle, handle === undefined ? queueBytes(capacity) : undefined);
    const { offset } = this.handle;
    if (handle === undefined) {
      this.#room = this.#makeRoom();
      formatQueue(this.arena, offset, capacity, this.#room.handle.offset);
      this.#queue = new MessageQueue(this.arena, offset);
    } else {
      this.#queue = new MessageQueue(this.arena, offset);
      const { buffer } = this.handle;
      this.#room = new ChannelRoom({ buffer, kind: CHANNEL_ROOM, offset: this.#queue.room });
    }
    this.#room.belongTo(this.#queue);
  }

  /** The channel that a handle stands for, in this thread. */
  static from<T = unknown>(handle: Handle): Channel<T> {
    return new Channel<T>(handle);
  }

  /** How many messages it holds before `send` waits. */
  get capacity(): number {
    return this.#queue.capacity;
  }

  /** How many messages are in it at the moment. */
  get size(): number {
    this.check();
    return this.#queue.size;
  }

  /** Whether `close` was called: nothing can be sent any more. */
  get isClosed(): boolean {
    this.check();
    return this.#queue.isClosed;
  }

  /** Whether it is closed and everything was received: nothing will come any more. */
  get isDrained(): boolean {
    this.check();
    return this.#queue.isEnded();
  }

  /**
   * Sends a message, once there is room. The messages of one thread go in the order of the calls.
   *
   * @throws {ChannelClosedError} if it is closed, or closed before there was room
   * @throws {DOMException} DataCloneError, if the value cannot be sent
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it was not sent
   */
  send(value: T, options: WaitOptions = NO_OPTIONS): Promise<void> {
    try {
      this.#checkCall(options);
      const message = pack(this.arena, value, 'Channel');
      if (this.#put(message)) return this.#sent.resolved(undefined);
      const wait = new SendWait(message.kept());
      wait.add(this.#room, 0);
      return waitInLoop(wait, 'Channel.send', options, nothing);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends a message, blocking the thread until there is room. It goes behind those that `send` has not sent yet.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless there is room or `allowBlocking` is
   *   given
   */
  sendSync(value: T, options: SyncWaitOptions = NO_OPTIONS): void {
    this.#checkCall(options);
    const message = pack(this.arena, value, 'Channel');
    if (this.#put(message)) return;
    const wait = new SendWait(message.kept());
    wait.add(this.#room, 0);
    waitBlocking(wait, 'Channel.sendSync', 'Channel.send', options, nothing);
  }

  /**
   * Sends a message if there is room, and nothing of this thread waits to be sent already.
   *
   * @returns whether it was sent
   * @throws {ChannelClosedError} if it is closed
   */
  trySend(value: T): boolean {
    this.check();
    return this.#put(pack(this.arena, value, 'Channel'));
  }

  /**
   * Receives the next message, once there is one. Calls of one thread are served in their order.
   *
   * @throws {ChannelClosedError} once the channel is closed and everything was received
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds; then it took nothing
   */
  receive(options: WaitOptions = NO_OPTIONS): Promise<T> {
    try {
      this.#checkCall(options);
      const cell = this.#mustWaitToReceive ? NOTHING : this.#take();
      if (cell !== NOTHING) return this.#received.resolved(this.#readAndFree(cell));
      const wait = new ReceiveWait();
      wait.add(this, 0);
      return waitInLoop(wait, 'Channel.receive', options, () => wait.message as T);
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
    const cell = this.#mustWaitToReceive ? NOTHING : this.#take();
    if (cell !== NOTHING) return this.#readAndFree(cell);
    const wait = new ReceiveWait();
    wait.add(this, 0);
    return waitBlocking(wait, 'Channel.receiveSync', 'Channel.receive', options, () => wait.message as T);
  }

  /**
   * Receives the next message if there is one, and nothing of this thread waits for it already.
   *
   * @returns the message in an object, since any value may have been sent; undefined if there is none
   */
  tryReceive(): { readonly value: T } | undefined {
    this.check();
    if (this.#mustWaitToReceive) return undefined;
    const cell = this.#take();
    return cell === NOTHING ? undefined : { value: this.#readAndFree(cell) };
  }

  /**
   * Ends it: nothing can be sent from now on, and every `send` that waits is refused. Messages that were sent before
   * are received; then `receive` rejects, and iterations end. Closing it again does nothing.
   */
  close(): void {
    this.check();
    this.#queue.close();
  }

  /** Receives messages until the channel is closed and drained. Several iterations share the messages. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.values();
  }

  /** The same, with options for each wait. Leaving the loop takes no message and closes nothing. */
  values(options: WaitOptions = NO_OPTIONS): AsyncIterableIterator<T, undefined> {
    this.#checkCall(options);
    const { signal } = options;
    return new MessageStream(
      () => (signal?.aborted === true ? undefined : this.tryReceive()),
      () => this.receive(options),
    );
  }

  /**
   * Gives its memory back. What was not received is lost, and waits that are under way are rejected. Dispose it once no
   * thread will use it any more.
   */
  override [Symbol.dispose](): void {
    if (this.isDisposed) return;
    // First those who wait to send: the room that is made now is not theirs.
    this.#room[Symbol.dispose]();
    this.#queue.discard(this.#ownThread());
    super[Symbol.dispose]();
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal */
  tryTake({ wait, queue: place }: Waiter): boolean {
    if (!(wait instanceof ReceiveWait)) return this.#queue.isClosed || this.#queue.canTake();
    // Not before those of this thread that wait already.
    if (place === undefined && this.#mustWaitToReceive) return false;
    const cell = this.#take();
    if (cell === NOTHING) {
      if (this.#queue.isEnded()) throw closedToReceivers('channel');
      return false;
    }
    wait.message = this.#readAndFree(cell);
    return true;
  }

  /** @internal Waiting takes nothing from it. */
  giveBack(): void {}

  /** @internal */
  passOn(thread: number): void {
    if (this.#queue.isClosed || this.#queue.canTake()) wakeOther(this.arena, this.handle.offset, thread);
  }

  get #mustWaitToReceive(): boolean {
    return hasLocalWaiters(this.arena, this.#queue.offset);
  }

  #checkCall(options: WaitOptions | SyncWaitOptions): void {
    this.check();
    if (options === NO_OPTIONS) return;
    checkWaitOptions(options);
    options.signal?.throwIfAborted();
  }

  #ownThread(): number {
    if (this.#thread < 0) this.#thread = ownThread(this.arena, 'Channel');
    return this.#thread;
  }

  /** Sends a message if nothing of this thread waits to be sent before it, and there is room. */
  #put(message: PackedMessage): boolean {
    if (hasLocalWaiters(this.arena, this.#queue.room)) return false;
    const outcome = this.#queue.put(message, this.#ownThread());
    if (outcome === CLOSED) throw closedToSenders('channel');
    return outcome === PUT;
  }

  #take(): number {
    return this.#queue.take(this.#ownThread());
  }

  #readAndFree(cell: number): T {
    try {
      return this.#queue.read(cell) as T;
    } finally {
      this.#queue.free(cell);
    }
  }

  #makeRoom(): ChannelRoom {
    try {
      return new ChannelRoom();
    } catch (error) {
      this.arena.free(this.handle.offset);
      throw error;
    }
  }
}

registerKind(KIND.channel, Channel.from);

registerRecovery(KIND.channel, {
  forget: (arena, offset, dead) => new MessageQueue(arena, offset).recover(dead, ownThread(arena, 'Channel')),
  alert: (arena, offset) => new MessageQueue(arena, offset).alert(),
});

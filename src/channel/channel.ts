/**
 * The public face of a channel: it joins the ring (message-queue.ts) with the two things that can be waited for, which
 * are the channel itself for those who receive, and its room for those who send.
 */
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { KIND } from '../signal/primitive-block.ts';
import { registerRecovery } from '../signal/recovery.ts';
import type { SyncWaitOptions, WaitOptions } from '../signal/wait-options.ts';
import { type ChannelOptions, checkCapacity, handleIn } from './channel-options.ts';
import { CHANNEL_ROOM, ChannelRoom } from './channel-room.ts';
import { NO_OPTIONS } from './check-call.ts';
import { formatQueue, MessageQueue, NOTHING, queueBytes } from './message-queue.ts';
import { MessageReceiver, NO_MESSAGE } from './message-receiver.ts';
import { MessageSender } from './message-sender.ts';
import { ownThread } from './own-thread.ts';
import { wakeOther } from './wake-next.ts';

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
export class Channel<T = unknown> extends MessageReceiver<T> {
  /** @internal */
  protected readonly source = 'channel';
  readonly #queue: MessageQueue;
  readonly #room: ChannelRoom;
  readonly #sender: MessageSender;

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
    this.#sender = new MessageSender(this, this.#room, 'send');
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
    return this.#sender.send(value, options);
  }

  /**
   * Sends a message, blocking the thread until there is room. It goes behind those that `send` has not sent yet.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless there is room or `allowBlocking` is
   *   given
   */
  sendSync(value: T, options: SyncWaitOptions = NO_OPTIONS): void {
    this.#sender.sendSync(value, options);
  }

  /**
   * Sends a message if there is room, and nothing of this thread waits to be sent already.
   *
   * @returns whether it was sent
   * @throws {ChannelClosedError} if it is closed
   */
  trySend(value: T): boolean {
    return this.#sender.trySend(value);
  }

  /**
   * Ends it: nothing can be sent from now on, and every `send` that waits is refused. Messages that were sent before
   * are received; then `receive` rejects, and iterations end. Closing it again does nothing.
   */
  close(): void {
    this.check();
    this.#queue.close();
  }

  /**
   * Gives its memory back. What was not received is lost, and waits that are under way are rejected. Dispose it once no
   * thread will use it any more.
   */
  override [Symbol.dispose](): void {
    if (this.isDisposed) return;
    // First those who wait to send: the room that is made now is not theirs.
    this.#room[Symbol.dispose]();
    this.#queue.discard(this.#room.thread);
    super[Symbol.dispose]();
  }

  /** @internal */
  passOn(thread: number): void {
    if (this.canReceive()) wakeOther(this.arena, this.handle.offset, thread);
  }

  /** @internal */
  protected take(): unknown {
    const cell = this.#queue.take(this.#room.thread);
    if (cell === NOTHING) return NO_MESSAGE;
    try {
      return this.#queue.read(cell);
    } finally {
      this.#queue.free(cell);
    }
  }

  /** @internal */
  protected canReceive(): boolean {
    return this.#queue.isClosed || this.#queue.canTake();
  }

  /** @internal */
  protected hasEnded(): boolean {
    return this.#queue.isEnded();
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

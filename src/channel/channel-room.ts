/** The senders' side of a channel: what they wait for is that it has room, or is closed. A primitive of its own. */
import type { Handle } from '../memory/shared-object.ts';
import { Primitive } from '../signal/primitive.ts';
import { registerRecovery } from '../signal/recovery.ts';
import { hasLocalWaiters } from '../signal/local-waits.ts';
import type { Waiter } from '../signal/wait.ts';
import { CLOSED, type MessageQueue, PUT } from './message-queue.ts';
import type { MessageOutlet } from './message-sender.ts';
import { closedToSenders, SendWait } from './message-waits.ts';
import { ownThread } from './own-thread.ts';
import type { PackedMessage } from './packed-message.ts';
import { wakeOther } from './wake-next.ts';

/** The kind of its block. Nobody is ever given a handle of it. */
export const CHANNEL_ROOM = 0x0203;

export class ChannelRoom extends Primitive implements MessageOutlet {
  /** @internal */
  readonly isExclusive = true;
  /** @internal */
  readonly version = 0;
  #queue!: MessageQueue;
  #thread = -1;

  /** @param handle - of the room of an existing channel */
  constructor(handle?: Handle) {
    super('Channel', CHANNEL_ROOM, handle);
  }

  /** The channel's ring, which is made after its room. */
  belongTo(queue: MessageQueue): void {
    this.#queue = queue;
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** This thread, as the ring names it. */
  get thread(): number {
    if (this.#thread < 0) this.#thread = ownThread(this.arena, this.name);
    return this.#thread;
  }

  put(message: PackedMessage): boolean {
    return !hasLocalWaiters(this.arena, this.handle.offset) && this.#write(message);
  }

  /** @internal */
  tryTake({ wait, queue: place }: Waiter): boolean {
    if (!(wait instanceof SendWait)) return false;
    // Not before those of this thread that wait already.
    return place === undefined ? this.put(wait.message) : this.#write(wait.message);
  }

  /** @internal What was sent is sent. */
  giveBack(): void {}

  /** @internal */
  passOn(thread: number): void {
    if (this.#queue.isClosed || this.#queue.mayPut()) wakeOther(this.arena, this.handle.offset, thread);
  }

  /** Returns whether there was room. */
  #write(message: PackedMessage): boolean {
    const outcome = this.#queue.put(message, this.thread);
    if (outcome === CLOSED) throw closedToSenders('channel');
    return outcome === PUT;
  }
}

// The channel itself wakes its senders when a thread has died.
registerRecovery(CHANNEL_ROOM, { alert: () => {} });

/** What senders wait for: that a channel has room, or is closed. A primitive beside the channel's own. */
import type { Handle } from '../memory/shared-object.ts';
import { Primitive } from '../signal/primitive.ts';
import { registerRecovery } from '../signal/recovery.ts';
import { hasLocalWaiters } from '../signal/local-waits.ts';
import type { Waiter } from '../signal/wait.ts';
import { CLOSED, type MessageQueue, PUT } from './message-queue.ts';
import { closedToSenders, SendWait } from './message-waits.ts';
import { ownThread } from './own-thread.ts';
import { wakeOther } from './wake-next.ts';

/** The kind of its block. Nobody is ever given a handle of it. */
export const CHANNEL_ROOM = 0x0203;

/** The senders' side of a channel. */
export class ChannelRoom extends Primitive {
  /** @internal */
  readonly isExclusive = true;
  /** @internal */
  readonly version = 0;
  #queue: MessageQueue | undefined;

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

  /** @internal */
  tryTake({ wait, queue: place }: Waiter): boolean {
    const queue = this.#queue;
    if (queue === undefined || !(wait instanceof SendWait)) return false;
    // Not before those of this thread that wait already.
    if (place === undefined && hasLocalWaiters(this.arena, this.handle.offset)) return false;
    const outcome = queue.put(wait.message, ownThread(this.arena, this.name));
    if (outcome === CLOSED) throw closedToSenders('channel');
    return outcome === PUT;
  }

  /** @internal What was sent is sent. */
  giveBack(): void {}

  /** @internal */
  passOn(thread: number): void {
    if (this.#queue?.isClosed === true || this.#queue?.mayPut() === true) {
      wakeOther(this.arena, this.handle.offset, thread);
    }
  }
}

// The channel itself wakes its senders when a thread has died.
registerRecovery(CHANNEL_ROOM, { alert: () => {} });

/**
 * The waits of a channel. What each does, and its end, are one synchronous step: see signal/wait.ts. A `tryTake` that
 * throws ends its wait with that error: the channel is closed, or the message cannot be had.
 */
import { ChannelClosedError } from '../errors.ts';
import { Wait } from '../signal/wait.ts';
import type { PackedMessage } from './packed-message.ts';

/** A message that waits for room. */
export class SendWait extends Wait {
  override readonly inTurn = true;
  readonly message: PackedMessage;

  constructor(message: PackedMessage) {
    super();
    this.message = message;
  }
}

/** A wait for a message. */
export class ReceiveWait extends Wait {
  override readonly inTurn = true;
  message: unknown;
}

/** What sending to a closed channel, or publishing to a closed topic, fails with. */
export function closedToSenders(what: 'channel' | 'topic'): ChannelClosedError {
  return new ChannelClosedError(`Cannot send: the ${what} is closed`);
}

/** What receiving fails with once it is closed and there is nothing left. */
export function closedToReceivers(what: 'channel' | 'topic'): ChannelClosedError {
  return new ChannelClosedError(`Cannot receive: the ${what} is closed, and everything sent was received`);
}

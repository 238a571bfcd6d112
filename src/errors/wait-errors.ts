/** What can become of a wait. */
import { defineKind, ReveilleError } from './reveille-error.ts';

/** A task or wait did not end within its `timeout`. Its `name` is `TimeoutError`. */
export class DeadlineExceededError extends ReveilleError {
  static {
    defineKind(this, 'ERR_DEADLINE_EXCEEDED', 'TimeoutError');
  }
}

/** A blocking wait was asked for on a thread that runs an event loop; the message names the async twin. */
export class WouldBlockError extends ReveilleError {
  static {
    defineKind(this, 'ERR_WOULD_BLOCK', 'WouldBlockError');
  }
}

/** A blocking wait could never end: what it waits for is held by the very thread that it would block. */
export class DeadlockError extends ReveilleError {
  static {
    defineKind(this, 'ERR_DEADLOCK', 'DeadlockError');
  }
}

/** A thread that had come to the barrier ended before the others came: they can never all meet. */
export class BrokenBarrierError extends ReveilleError {
  static {
    defineKind(this, 'ERR_BARRIER_BROKEN', 'BrokenBarrierError');
  }
}

/** The channel or topic was closed: nothing can be sent any more, or everything that was sent has been received. */
export class ChannelClosedError extends ReveilleError {
  static {
    defineKind(this, 'ERR_CHANNEL_CLOSED', 'ChannelClosedError');
  }
}

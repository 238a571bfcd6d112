/**
 * What a conversation goes over: ordered messages both ways between two sides, and the certain news of its end.
 * Threads, ports, sockets and child processes each have one; all that RPC promises is built on this and on nothing else
 * of them.
 */
import type { MovableValue } from '../runtime.ts';

/**
 * What a connection can take with it.
 *
 * - `values`: what structured clone copies, and what a transfer list moves, ports included. Both sides are in one
 *   process.
 * - `bytes`: what MessagePack writes. It leaves the process: nothing can be moved, and the other side is not trusted.
 */
export type Carries = 'values' | 'bytes';

/** A two-way connection. Messages of one side arrive once each, in the order in which they were sent, or not at all. */
export interface Connection {
  readonly carries: Carries;
  /**
   * Sends a message, or keeps it until the transport takes it. Sent on a closed connection it is dropped: `onClose` has
   * told, or is about to.
   *
   * @param transfer - what is moved rather than copied; only where values are carried
   * @throws {DOMException} DataCloneError, if the message cannot be carried; then nothing of it was sent
   */
  send(message: unknown, transfer?: readonly MovableValue[]): void;
  /** Whether the transport takes less than it is given: what is sent now waits in memory. */
  readonly congested: boolean;
  /** Called each time that it is congested no longer. One listener. */
  onDrain(listener: () => void): void;
  /** Called with each message. One listener; messages that came before it is set are kept for it. */
  onMessage(listener: (message: unknown) => void): void;
  /**
   * Called once, within one turn of the event loop of the fact, when it has ended in whatever way: closed by either
   * side, or the other side is gone. Called at once (in a microtask) where that was before. One listener.
   */
  onClose(listener: (reason: Error) => void): void;
  /**
   * Ends it. What was sent before still goes out where that is possible without waiting for anybody. Again: nothing.
   *
   * @param reason - what `onClose` of this side is told, and the other side, as text
   */
  close(reason?: Error): void;
  /** Has it keep this thread's event loop alive from now on. It does from the start, where the transport can choose. */
  ref?(): void;
  /** Has it keep nothing alive. */
  unref?(): void;
}

/** Whether a value is a connection, rather than what one can be made of. */
export function isConnection(value: unknown): value is Connection {
  if (typeof value !== 'object' || value === null) return false;
  const { carries, send, onMessage, onClose } = value as Partial<Connection>;
  return (
    (carries === 'values' || carries === 'bytes') &&
    typeof send === 'function' &&
    typeof onMessage === 'function' &&
    typeof onClose === 'function'
  );
}

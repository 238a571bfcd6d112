/** A connection has one listener for its end: this is how one more comes to know. */
import type { Connection } from './connection.ts';

/** The same connection; `onEnd` is called just before its own listener is. */
export function watchEnd(connection: Connection, onEnd: (reason: Error) => void): Connection {
  let listener: ((reason: Error) => void) | undefined;
  let ended: Error | undefined;
  connection.onClose((reason) => {
    ended = reason;
    onEnd(reason);
    listener?.(reason);
  });
  return {
    carries: connection.carries,
    get congested() {
      return connection.congested;
    },
    send: (message, transfer) => connection.send(message, transfer),
    onDrain: (onDrain) => connection.onDrain(onDrain),
    onMessage: (onMessage) => connection.onMessage(onMessage),
    onClose: (onClose) => {
      listener = onClose;
      const reason = ended;
      if (reason !== undefined) queueMicrotask(() => onClose(reason));
    },
    close: (reason) => connection.close(reason),
    ref: () => connection.ref?.(),
    unref: () => connection.unref?.(),
  };
}

/** The opening of a connection is a wait like any other. */
import { waitWithin } from '../pacing/timeout.ts';
import type { WaitOptions } from '../signal/wait-options.ts';
import type { ByteConnection } from './byte-connection.ts';

/**
 * Resolves to the connection that `make` returns once it is open. When a limit of `options` is reached first, it
 * rejects at once, and the connection is closed.
 *
 * @param peer - who it is with, for the error's message
 */
export function openWithin(peer: string, options: WaitOptions, make: () => ByteConnection): Promise<ByteConnection> {
  const open = async (stop: AbortSignal): Promise<ByteConnection> => {
    const connection = make();
    if (options.ref === false) connection.unref();
    const close = (): void => connection.close();
    stop.addEventListener('abort', close);
    try {
      await connection.opened;
      return connection;
    } finally {
      stop.removeEventListener('abort', close);
    }
  };
  return waitWithin(open, options, `Connecting to ${peer}`);
}

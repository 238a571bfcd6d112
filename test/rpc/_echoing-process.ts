/**
 * Answers whatever it is sent. By its first argument: `ipc`, over the channel to its parent; `tcp`, on a port of its
 * choice, which it tells its parent; `die`, over the channel, but ends at the first message; `tell` and the path of
 * a FIFO, over the channel, and says something that nobody reads: who reads the FIFO to its end is blocked meanwhile.
 */
import { closeSync, openSync } from 'node:fs';
import process from 'node:process';
import type { ByteConnection } from '../../src/rpc/byte-connection.ts';
import { expose } from '../../src/rpc/expose.ts';
import { connectParent } from '../../src/rpc/process-connection.ts';
import { listen } from '../../src/rpc/socket-server.ts';
import '../support/install-runtime.ts';

const [mode, path] = process.argv.slice(2);

if (mode === 'tcp') {
  const server = await listen({ port: 0, onConnection: echo });
  process.send?.({ port: server.port });
  process.once('disconnect', () => void server.close());
} else {
  const connection = await connectParent();
  if (mode === 'die') connection.onMessage(() => process.exit(3));
  else if (mode === 'ipc') echo(connection);
  if (mode === 'tell' && path !== undefined) {
    expose({}, connection);
    process.send?.('blocked next', () => {
      // Opened once somebody reads it.
      const fifo = openSync(path, 'w');
      process.send?.('unread', () => closeSync(fifo));
    });
  }
}

function echo(connection: ByteConnection): void {
  connection.onMessage((message) => connection.send(message));
}

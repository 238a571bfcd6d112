/** A socket of `node:net` or `node:tls`, TCP or Unix, as a way for bytes. */
import type { Socket } from 'node:net';
import type { ByteCarrier } from './byte-carrier.ts';
import { ByteConnection } from './byte-connection.ts';
import type { ConnectionSettings } from './connection-options.ts';
import type { Role } from './handshake.ts';

/** A connection over the socket. A socket that is still being opened is started once it is. */
export function connectionOver(socket: Socket, peer: string, role: Role, settings: ConnectionSettings): ByteConnection {
  // A call is one small write that somebody waits for.
  socket.setNoDelay(true);
  const connection = new ByteConnection(new SocketCarrier(socket), peer, role, settings);
  socket.on('data', (chunk: Uint8Array) => connection.take(chunk));
  socket.on('end', () => connection.lost('the other side closed it'));
  socket.on('error', (error) => connection.lost(error.message, error));
  socket.on('close', () => connection.gone());
  return connection;
}

class SocketCarrier implements ByteCarrier {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (chunks.length > 1) this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    if (chunks.length > 1) this.#socket.uncork();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}

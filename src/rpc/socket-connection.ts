/** The connecting side of sockets. */
import { connect as connectNet, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import { checkWaitOptions, type WaitOptions } from '../signal/wait-options.ts';
import type { ByteConnection } from './byte-connection.ts';
import { type ByteConnectionOptions, connectionSettings } from './connection-options.ts';
import { openWithin } from './open-within.ts';
import { connectionOver } from './socket-carrier.ts';
import { addressText, netAddress, type SocketAddress } from './socket-address.ts';

/** Whereto to connect, and how. `signal` and `timeout` hold for the connecting, handshake included. */
export interface ConnectOptions extends SocketAddress, ByteConnectionOptions, WaitOptions {
  /** TLS: what `node:tls` takes for a client, or `true` for its defaults. */
  readonly tls?: true | TlsConnectionOptions | undefined;
}

/**
 * Connects to a server that `listen` has made, on this machine or another.
 *
 * @returns the connection, once both sides have agreed to talk. It keeps the process alive unless `unref` is called.
 * @throws {ProtocolError} if they do not: another protocol, another version, not the same secret
 * @throws {PeerGoneError} if nobody is there or the connection is lost meanwhile; `cause` has the system's error
 * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason
 * @example
 * ```ts
 * const connection = await connect({ port: 5000, secret, timeout: 2_000 });
 * const prices = wrap<PriceService>(connection);
 * ```
 */
export function connect(options: ConnectOptions): Promise<ByteConnection> {
  try {
    const settings = connectionSettings(options);
    checkWaitOptions(options);
    const address = netAddress(options, 1);
    const peer = addressText(address);
    const { tls } = options;
    return openWithin(peer, options, () => {
      const socket = openSocket(address, tls);
      const connection = connectionOver(socket, peer, 'connecting', settings);
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => connection.start());
      return connection;
    });
  } catch (error) {
    return Promise.reject(error);
  }
}

function openSocket(address: ReturnType<typeof netAddress>, tls: ConnectOptions['tls']): Socket {
  if (tls === undefined) return connectNet(address);
  return connectTls({ ...address, ...(tls === true ? {} : tls) });
}

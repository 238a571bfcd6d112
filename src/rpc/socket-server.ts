/** The accepting side of sockets: TCP with or without TLS, and Unix sockets. */
import { unlink } from 'node:fs/promises';
import { connect as connectNet, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { checkAtLeast, checkCallback } from '../pacing/option-checks.ts';
import { waitWithin } from '../pacing/timeout.ts';
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import type { ByteConnection } from './byte-connection.ts';
import { type ByteConnectionOptions, connectionSettings, type ConnectionSettings } from './connection-options.ts';
import { addressText, type NetAddress, netAddress, type SocketAddress } from './socket-address.ts';
import { connectionOver } from './socket-carrier.ts';

/** Where to listen, and what to do with who comes. `signal` and `timeout` hold for the beginning to listen. */
export interface ListenOptions extends SocketAddress, ByteConnectionOptions, WaitOptions {
  /** TLS: what `node:tls` takes for a server, `key` and `cert` at least. */
  readonly tls?: TlsOptions | undefined;
  /** Connections at the same time, handshakes included. One more is told so and closed. @default {1_000} */
  readonly maxConnections?: number | undefined;
  /** Called with each connection that both sides have agreed to; what it throws is reported as uncaught. */
  readonly onConnection: (connection: ByteConnection) => void;
  /** Called when somebody was turned away or cut off before that: the reason, and who it was. */
  readonly onRefused?: ((reason: Error, peer: string) => void) | undefined;
}

/**
 * Listens on a port (0: any that is free) or at a path, by default for this machine only.
 *
 * A socket file that nobody listens at any more, left behind by a process that was killed, is replaced.
 *
 * @throws the system's error (`code` `EADDRINUSE` and the like), the signal's reason or a DeadlineExceededError
 * @example
 * ```ts
 * const server = await listen({ port: 0, secret, onConnection: (connection) => expose(api, connection) });
 * console.log(`at your service on port ${server.port}`);
 * ```
 */
export function listen(options: ListenOptions): Promise<SocketServer> {
  try {
    const settings = connectionSettings(options);
    checkWaitOptions(options);
    const address = netAddress(options, 0);
    const { tls, maxConnections = 1_000, onConnection, onRefused, signal, timeout } = options;
    checkAtLeast('maxConnections', maxConnections, 1);
    if (typeof onConnection !== 'function') {
      throw new TypeError(`Expected option 'onConnection' to be a function, got ${describe(onConnection)}`);
    }
    checkCallback('onRefused', onRefused);
    const server = new SocketServer(
      tls === undefined ? createServer() : createTlsServer({ handshakeTimeout: settings.handshakeTimeout, ...tls }),
      tls === undefined ? 'connection' : 'secureConnection',
      { settings, maxConnections, onConnection, onRefused },
    );
    const open = (stop: AbortSignal): Promise<SocketServer> => server.open(address, stop);
    return waitWithin(open, { signal, timeout }, `Listening at ${addressText(address)}`);
  } catch (error) {
    return Promise.reject(error);
  }
}

interface ServerSettings {
  readonly settings: ConnectionSettings;
  readonly maxConnections: number;
  readonly onConnection: (connection: ByteConnection) => void;
  readonly onRefused: ((reason: Error, peer: string) => void) | undefined;
}

/** A server that listens; made by `listen`. */
export class SocketServer {
  readonly #server: Server;
  readonly #settings: ServerSettings;
  readonly #connections = new Set<ByteConnection>();
  /** Resolves once nobody listens any more and no connection is left. */
  #ended: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(server: Server, event: string, settings: ServerSettings) {
    this.#server = server;
    this.#settings = settings;
    server.on(event, (socket: Socket) => this.#accept(socket));
    server.on('tlsClientError', (error: Error, socket: Socket) => settings.onRefused?.(error, peerText(socket)));
    server.on('error', (error) => {
      if (server.listening) settings.onRefused?.(error, 'somebody');
    });
  }

  /** The port that it listens on; undefined at a path. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  }

  /** How many connections there are, handshakes included. */
  get size(): number {
    return this.#connections.size;
  }

  /** Has it keep the process alive, as it does from the start. */
  ref(): void {
    this.#server.ref();
  }

  /** Has it keep nothing alive. */
  unref(): void {
    this.#server.unref();
  }

  /** Accepts nobody any more, and has the port free for others at once; the connections that there are go on. */
  stopAccepting(): void {
    this.#ended ??= new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /**
   * Accepts nobody any more and closes all connections, with a reason that the others are told. Resolves once the port
   * is free and the socket file gone. Again: the same promise.
   */
  close(reason: Error = new Error('the server is closing')): Promise<void> {
    this.#closing ??= this.#closeAll(reason);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  async open(address: NetAddress, stop: AbortSignal): Promise<this> {
    try {
      await this.#listen(address, stop);
    } catch (error) {
      if (!('path' in address) || !(await isAbandoned(address.path, error))) throw error;
      await unlink(address.path);
      await this.#listen(address, stop);
    }
    return this;
  }

  #listen(address: NetAddress, stop: AbortSignal): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const abort = (): void => void server.close();
      const settle = (error?: Error): void => {
        stop.removeEventListener('abort', abort);
        server.off('error', settle);
        if (error === undefined) resolve();
        else reject(error);
      };
      stop.addEventListener('abort', abort);
      server.once('error', settle);
      server.listen(address, () => settle());
    });
  }

  #accept(socket: Socket): void {
    const { settings, maxConnections } = this.#settings;
    const peer = peerText(socket);
    const connection = connectionOver(socket, peer, 'accepting', settings);
    if (this.#connections.size >= maxConnections || this.#ended !== undefined) {
      const reason = new Error(`there are ${this.#connections.size} connections already, and no more are taken`);
      connection.close(reason);
      this.#settings.onRefused?.(reason, peer);
      return;
    }
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    connection.opened.then(
      () => this.#settings.onConnection(connection),
      (reason: Error) => this.#settings.onRefused?.(reason, peer),
    );
    connection.start();
  }

  async #closeAll(reason: Error): Promise<void> {
    this.stopAccepting();
    const connections = [...this.#connections];
    for (const connection of connections) connection.close(reason);
    await Promise.all([this.#ended, ...connections.map((connection) => connection.closed)]);
  }
}

function peerText({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'a local client' : `${remoteAddress}:${remotePort ?? ''}`;
}

/** Whether there is a socket file that nobody listens at: connecting to it is refused. */
function isAbandoned(path: string, error: unknown): Promise<boolean> {
  if ((error as { readonly code?: unknown }).code !== 'EADDRINUSE') return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connectNet({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (refusal: Error & { readonly code?: string }) => resolve(refusal.code === 'ECONNREFUSED'));
  });
}

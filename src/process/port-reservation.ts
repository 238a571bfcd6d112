/** A port that is held until it is used. */
import type { AddressInfo, Server, Socket } from 'node:net';

/**
 * Holds a port by listening on it. Made by `reservePort`. Three ways to use it; the first two leave no gap in which
 * somebody else could take the port:
 *
 * - **In this process**, {@linkcode PortReservation.serve}: the socket that holds the port becomes the server's. On
 *   Node, Deno and Bun alike, also for `node:http`: `reservation.serve((socket) => http.emit('connection', socket))`.
 * - **In a child process**, by its descriptor, {@linkcode PortReservation.fd}, as systemd hands sockets to services:
 *   `spawn(command, args, { stdio: ['inherit', 'inherit', 'inherit', reservation.fd] })`, and in the child
 *   `server.listen({ fd: 3 })`. On Node and Bun, but not on Windows. Release the reservation when the child listens.
 * - **By its number**, for what must bind by itself: after {@linkcode PortReservation.release} there is a gap.
 *   `startOnPort` does that, notices if somebody was faster, and tries again.
 *
 * Until it is used, whoever connects is hung up on.
 */
export class PortReservation {
  readonly port: number;
  /** The address that it is held at: `::` unless a host was asked for, or 0.0.0.0 where there is no IPv6. */
  readonly host: string;
  readonly #server: Server;
  #onConnection: ((socket: Socket) => void) | undefined;
  #released: Promise<void> | undefined;

  /** @internal */
  constructor(server: Server) {
    const { port, address } = server.address() as AddressInfo;
    this.port = port;
    this.host = address;
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      if (this.#onConnection === undefined) socket.destroy();
      else this.#onConnection(socket);
    });
  }

  /**
   * The descriptor of the socket that listens, for a child process; undefined where the runtime does not tell (Deno,
   * Windows) and after the release.
   */
  get fd(): number | undefined {
    const { _handle: handle } = this.#server as { readonly _handle?: { readonly fd?: unknown } | null };
    const fd = handle?.fd;
    return typeof fd === 'number' && fd >= 0 && this.#released === undefined ? fd : undefined;
  }

  /**
   * Takes over the port in this process: from now on each connection is given to `onConnection`, and the server is the
   * caller's to close.
   *
   * @returns the server, which listens already
   * @throws {Error} after the release.
   */
  serve(onConnection: (socket: Socket) => void): Server {
    if (typeof onConnection !== 'function') {
      throw new TypeError(`Expected 'onConnection' to be a function, got ${typeof onConnection}`);
    }
    if (this.#released !== undefined) throw new Error(`Cannot serve on port ${this.port}: it was released`);
    this.#onConnection = onConnection;
    this.#server.ref();
    return this.#server;
  }

  /** Gives the port back, unless it serves: then it is the server's. Resolves when it is free. */
  release(): Promise<void> {
    if (this.#onConnection !== undefined) return Promise.resolve();
    this.#released ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** Where a server listens and a client connects: a port or a path. */
import { describe } from '../signal/wait-options.ts';

/** A TCP port or the path of a Unix socket (on Windows, of a named pipe). */
export interface SocketAddress {
  readonly port?: number | undefined;
  /** With `port`. @default {'127.0.0.1'} */
  readonly host?: string | undefined;
  readonly path?: string | undefined;
}

/** What `node:net` takes. */
export type NetAddress = { readonly port: number; readonly host: string } | { readonly path: string };

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function netAddress({ port, host = '127.0.0.1', path }: SocketAddress, leastPort: number): NetAddress {
  if ((port === undefined) === (path === undefined)) {
    throw new TypeError("Expected exactly one of the options 'port' and 'path'");
  }
  if (path !== undefined) {
    if (typeof path !== 'string' || path === '') {
      throw new TypeError(`Expected option 'path' to be the path of a socket, got ${describe(path)}`);
    }
    return { path };
  }
  if (typeof port !== 'number') throw new TypeError(`Expected option 'port' to be a number, got ${describe(port)}`);
  if (!Number.isInteger(port) || port < leastPort || port > 65_535) {
    throw new RangeError(`Expected option 'port' to be a whole number from ${leastPort} to 65535, got ${port}`);
  }
  if (typeof host !== 'string') throw new TypeError(`Expected option 'host' to be a string, got ${describe(host)}`);
  return { port, host };
}

/** An address in messages. */
export function addressText(address: NetAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}

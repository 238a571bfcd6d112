/** What everything about ports takes, and the checks that refuse anything else at once. */
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';

const HIGHEST_PORT = 65_535;

/** Where a port is, and how long to ask for it. */
export interface PortOptions extends Pick<WaitOptions, 'signal' | 'timeout'> {
  /**
   * The address or name of the network interface. Without it, a port counts as taken if it is so at any of this
   * machine's addresses, and is connected to at this machine's loopback addresses, of IPv4 and of IPv6.
   */
  readonly host?: string | undefined;
}

/** How to wait for what becomes of a port. */
export interface PortWaitOptions extends PortOptions {
  /** Settles when the process that has the port, or is to have it, has ended: `child.exited`, say. */
  readonly exited?: PromiseLike<unknown> | undefined;
}

/**
 * A number that a server can listen on.
 *
 * @throws {TypeError} or RangeError that says what it got and what it takes.
 */
export function checkPort(port: unknown, name = 'port'): asserts port is number {
  if (typeof port !== 'number') throw new TypeError(`Expected '${name}' to be a number, got ${describe(port)}`);
  if (!Number.isInteger(port) || port < 1 || port > HIGHEST_PORT) {
    throw new RangeError(`Expected '${name}' to be a whole number from 1 to ${HIGHEST_PORT}, got ${port}`);
  }
}

/** @throws {TypeError} if it is neither an address or a name nor left out. */
export function checkHost(host: unknown, name = 'host'): void {
  if (host === undefined || (typeof host === 'string' && host !== '')) return;
  throw new TypeError(`Expected option '${name}' to be an address or a name, got ${describe(host)}`);
}

/**
 * Checks options, or a host by itself, which is one of them.
 *
 * @throws {TypeError} or RangeError that names the option, what it got and what it takes.
 */
export function checkPortOptions<T extends PortWaitOptions>(options: T | string): T {
  if (typeof options === 'string') return checkPortOptions({ host: options } as T);
  checkWaitOptions(options);
  const { host, exited } = options;
  checkHost(host);
  if (exited !== undefined && typeof (exited as Partial<PromiseLike<unknown>> | null)?.then !== 'function') {
    throw new TypeError(`Expected option 'exited' to be a promise, got ${describe(exited)}`);
  }
  return options;
}

/** A port in a message. */
export function nameOfPort(port: number, host: string | undefined): string {
  return host === undefined ? `Port ${port}` : `Port ${port} of ${host}`;
}

/** What `wrap` and `expose` take, and the connection that each of it means. */
import { describe } from '../signal/wait-options.ts';
import { ChannelConnection, type ChannelEnd, isChannelEnd } from './channel-connection.ts';
import { type Connection, isConnection } from './connection.ts';
import { Link } from './link.ts';
import { PortConnection, type PortLike } from './port-connection.ts';

/**
 * What a remote object is reached over: one end of shared memory (see {@linkcode channelEnds}), a MessagePort, a
 * Worker, a thread's `parentPort`, or a connection (to a child process, over a socket).
 */
export type Endpoint = Connection | ChannelEnd | PortLike;

/**
 * The conversation over an endpoint: the same for whoever wraps and exposes there, until it has ended.
 *
 * @throws {TypeError} if it is no endpoint.
 */
export function linkOver(endpoint: unknown): Link {
  return Link.on(connectionOf(endpoint));
}

/**
 * The connection that an endpoint means.
 *
 * @throws {TypeError} if it is no endpoint.
 */
export function connectionOf(endpoint: unknown): Connection {
  if (isConnection(endpoint)) return endpoint;
  if (isChannelEnd(endpoint)) return ChannelConnection.at(endpoint);
  if (isPort(endpoint)) return PortConnection.over(endpoint);
  const takes = 'an end of channelEnds(), a MessagePort, a Worker, a parentPort or a connection';
  throw new TypeError(`Expected the endpoint to be ${takes}, got ${describe(endpoint)}`);
}

function isPort(value: unknown): value is PortLike {
  if (typeof value !== 'object' || value === null) return false;
  const { postMessage, addEventListener, on } = value as Partial<PortLike>;
  return typeof postMessage === 'function' && (typeof addEventListener === 'function' || typeof on === 'function');
}

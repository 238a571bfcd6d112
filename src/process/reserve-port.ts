/** Gets a port that nobody else gets. */
import { createServer, type Server } from 'node:net';
import { PortInUseError } from '../errors.ts';
import { deadlines } from '../signal/deadlines.ts';
import { canBind } from './bind-probe.ts';
import { checkPort, checkPortOptions, type PortOptions } from './port-options.ts';
import { PortReservation } from './port-reservation.ts';
import { inUse, waitForPortRelease } from './wait-for-port-release.ts';

/** What port, and how long to wait for it. */
export interface ReserveOptions extends PortOptions {
  /** A certain port, which is waited for up to `timeout` milliseconds. @default {one that the system chooses} */
  readonly port?: number | undefined;
  /** Milliseconds to wait for a certain port. @default {0} */
  readonly timeout?: number | undefined;
}

/**
 * Takes a port and holds it, by listening on it, until it is used or released: nobody else can get it meanwhile, in
 * this process or another. See {@linkcode PortReservation} for how to use it without a gap.
 *
 * By itself, a reservation keeps no process alive.
 *
 * @throws {PortInUseError} if a certain port was asked for and is not free within `timeout` milliseconds
 * @throws also the signal's reason; the system's error where this process may not listen
 * @example
 * ```ts
 * const reservation = await reservePort();
 * reservation.serve((socket) => server.emit('connection', socket));
 * ```
 */
export async function reservePort(options: ReserveOptions = {}): Promise<PortReservation> {
  const { port = 0, host, signal, timeout = 0 } = checkReserveOptions(options);
  signal?.throwIfAborted();
  const until = deadlines().now() + timeout;
  for (;;) {
    const server = port === 0 || (await canBind(port, host)) ? await listen(port, host) : undefined;
    if (server !== undefined) return keep(new PortReservation(server), signal);
    await wasReleased(port, host, signal, until, timeout);
  }
}

/** Rejects once the time is over, with a message about all of it: this may be one wait of several. */
async function wasReleased(
  port: number,
  host: string | undefined,
  signal: AbortSignal | undefined,
  until: number,
  timeout: number,
): Promise<void> {
  try {
    await waitForPortRelease(port, { host, signal, timeout: Math.max(0, until - deadlines().now()) });
  } catch (error) {
    throw error instanceof PortInUseError ? inUse(port, host, timeout, error.owner) : error;
  }
}

function checkReserveOptions(options: ReserveOptions): ReserveOptions {
  checkPortOptions(options);
  if (options.port !== undefined) checkPort(options.port);
  return options;
}

/** Whoever was aborted while it was made does not get it. */
async function keep(reservation: PortReservation, signal: AbortSignal | undefined): Promise<PortReservation> {
  if (signal?.aborted !== true) return reservation;
  await reservation.release();
  throw signal.reason;
}

/** Undefined if somebody has the port. */
function listen(port: number, host: string | undefined): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' && port !== 0) resolve(undefined);
      else reject(error);
    };
    server.once('error', onError);
    server.listen({ port, exclusive: true, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', onError);
      server.unref();
      resolve(server);
    });
  });
}

/**
 * The address at which a service is to listen, made sure of before anything of the service is started: who else has it
 * is told at once, and nobody can take it while the service loads.
 *
 * A port is held by listening on it until the service, wherever it runs, is about to (`reservePort`); what is left is
 * the millisecond in between. A path is looked at: two that want the same at the same time find out by EADDRINUSE.
 */
import { PortInUseError } from '../../errors.ts';
import { ownerInWords } from '../../process/wait-for-port-release.ts';
import { reservePort } from '../../process/reserve-port.ts';
import { type NetAddress, netAddress } from '../socket-address.ts';
import type { ServiceSetup } from './service-control.ts';
import { isSocketServed, ownerOfPath } from './socket-path.ts';
import { endStaleServer, type EndedServer, NotStale } from './stale-server.ts';

/** An address that is held. */
export interface AddressClaim {
  /** To be called just before the service listens. */
  release(): Promise<void>;
  /** A server of an earlier run that had it, and was ended. */
  readonly ended: EndedServer | undefined;
}

/** How to claim it. */
export interface ClaimOptions {
  readonly signal: AbortSignal;
  /** The port that an earlier run of the same service had, where the system is to choose one. */
  readonly port: number | undefined;
  /** Milliseconds that a port which is taken is waited for. */
  readonly patience: number;
}

/**
 * Claims the address of a service; undefined if it has none that is certain.
 *
 * @throws {PortInUseError} that says who has it, if that is not a server that an earlier run of the same program has
 *   left behind
 */
export async function claimAddress(setup: ServiceSetup, options: ClaimOptions): Promise<AddressClaim | undefined> {
  if (setup.listen === undefined) return undefined;
  const address = netAddress(setup.listen, 0);
  if ('path' in address) return await claimPath(setup, address, options);
  const { host } = address;
  const port = address.port === 0 ? options.port : address.port;
  return port === undefined ? undefined : await claimPort(setup, { port, host }, options);
}

async function claimPort(
  setup: ServiceSetup,
  address: { readonly port: number; readonly host: string },
  { signal, patience }: ClaimOptions,
): Promise<AddressClaim> {
  const reserve = async (timeout: number, ended?: EndedServer): Promise<AddressClaim> => {
    const reservation = await reservePort({ ...address, signal, timeout });
    return { release: () => reservation.release(), ended };
  };
  try {
    return await reserve(patience);
  } catch (error) {
    if (!(error instanceof PortInUseError)) throw error;
    return await reserve(STALE_PATIENCE_MS, await endOrTell(setup, address, error, signal));
  }
}

async function claimPath(
  setup: ServiceSetup,
  address: { readonly path: string },
  { signal }: ClaimOptions,
): Promise<AddressClaim> {
  const release = (): Promise<void> => Promise.resolve();
  if (!(await isSocketServed(address.path))) return { release, ended: undefined };
  const owner = await ownerOfPath(address.path);
  const inUse = new PortInUseError(`Socket ${address.path} in use${ownerInWords(owner)}`, 0, owner);
  return { release, ended: await endOrTell(setup, address, inUse, signal) };
}

const STALE_PATIENCE_MS = 2_000;

async function endOrTell(
  setup: ServiceSetup,
  address: NetAddress,
  inUse: PortInUseError,
  signal: AbortSignal,
): Promise<EndedServer> {
  try {
    return await endStaleServer(setup, address, signal);
  } catch (error) {
    if (!(error instanceof NotStale)) throw error;
    const message = `Cannot start service '${setup.name}': ${inUse.message}; ${error.message}`;
    throw new PortInUseError(message, inUse.port, inUse.owner, { cause: error.cause });
  }
}

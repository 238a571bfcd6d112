/** How a run of a service is brought up: in the place that was chosen, at the address that was claimed. */
import { PeerGoneError } from '../../errors.ts';
import { startWithReadiness } from '../../lifecycle/start-with-readiness.ts';
import { readProcessStat } from '../../process/is-process-running.ts';
import { addressText, netAddress } from '../socket-address.ts';
import type { ConnectOptions } from '../socket-connection.ts';
import { ClientConnections } from './client-connections.ts';
import { type AddressClaim, claimAddress } from './address-claim.ts';
import { InlineRun } from './inline-run.ts';
import { ProcessRun } from './process-run.ts';
import { killRun } from './run-ending.ts';
import type { ServiceSettings } from './service-options.ts';
import { removeRecord, writeRecord } from './service-record.ts';
import type { ServiceRun } from './service-run.ts';
import type { EndedServer } from './stale-server.ts';
import { ThreadRun } from './thread-run.ts';

/** Milliseconds that the port of a run which has just ended may still be taken. */
const OWN_PORT_PATIENCE_MS = 2_000;

/** A run that is up. */
export interface RunningService {
  readonly run: ServiceRun;
  /** All that a client needs to connect; undefined if it does not listen. */
  readonly address: ConnectOptions | undefined;
  /** Those of clients in this thread. */
  readonly connections: ClientConnections;
}

/** What is known of the runs before. */
export interface StartContext {
  readonly signal: AbortSignal;
  /** The port that the system chose for the first of them. */
  readonly port: number | undefined;
  readonly isRestart: boolean;
  readonly onStaleEnded: (ended: EndedServer) => void;
}

/**
 * Starts a run and waits until it is up. If that does not come to pass, nothing of it is left.
 *
 * @throws {PortInUseError} if somebody else has its address; {NotReadyError} with what went wrong as `cause`; the
 *   signal's reason
 */
export async function startRun(settings: ServiceSettings, context: StartContext): Promise<RunningService> {
  const { setup } = settings;
  const { signal, port, isRestart } = context;
  const claim = await claimAddress(setup, { signal, port, patience: isRestart ? OWN_PORT_PATIENCE_MS : 0 });
  if (claim?.ended !== undefined) context.onStaleEnded(claim.ended);
  const start = new ServiceStart(settings, claim, port);
  try {
    await startWithReadiness(() => start, {
      name: `service '${setup.name}'`,
      ready: (started) => started.bringUp(signal),
      ...{ timeout: settings.startTimeout, signal },
    });
    return { run: start.run, address: start.address, connections: new ClientConnections() };
  } catch (error) {
    await killRun(start.run);
    start.forget();
    throw error;
  } finally {
    await claim?.release();
  }
}

class ServiceStart {
  readonly run: ServiceRun;
  address: ConnectOptions | undefined;
  readonly #settings: ServiceSettings;
  readonly #claim: AddressClaim | undefined;
  /** The port that it had before. */
  readonly #port: number | undefined;

  constructor(settings: ServiceSettings, claim: AddressClaim | undefined, port: number | undefined) {
    this.#settings = settings;
    this.#claim = claim;
    this.#port = port;
    this.run = this.#makeRun();
  }

  async bringUp(signal: AbortSignal): Promise<void> {
    const { control, open } = { control: () => this.run.control, open: this.run.open(signal) };
    try {
      await open;
      const door = await control().load(this.#setup);
      if (door !== undefined) this.#note(door);
      await this.#claim?.release();
      const port = await control().listen();
      this.address = this.#addressAt(port);
    } catch (error) {
      // That it is gone is not why.
      throw error instanceof PeerGoneError && !signal.aborted ? (await this.run.exited).error : error;
    }
  }

  forget(): void {
    const { name, identity } = this.#settings.setup;
    if (identity !== undefined) removeRecord({ name, identity, address: this.#where });
  }

  #makeRun(): ServiceRun {
    const { host, setup, given, stdio, env, cwd, diesWithParent } = this.#settings;
    const { name } = setup;
    if (host === 'inline') return new InlineRun(name, given);
    if (host === 'thread') return new ThreadRun({ name, stdio });
    return new ProcessRun({ name, stdio, env, cwd, diesWithParent, address: () => this.address });
  }

  /** As it was said, but for the port, which stays the same over all runs. */
  get #setup(): ServiceSettings['setup'] {
    const { setup } = this.#settings;
    if (this.#port === undefined || setup.listen === undefined) return setup;
    return { ...setup, listen: { ...setup.listen, port: this.#port } };
  }

  get #where(): string {
    return addressText(netAddress(this.#settings.setup.listen ?? {}, 0));
  }

  #note(door: number): void {
    const { setup } = this.#settings;
    const { pid, command } = this.run as ProcessRun;
    if (pid === undefined || setup.identity === undefined) return;
    const startTime = readProcessStat(pid)?.startTime ?? '';
    writeRecord({ name: setup.name, address: this.#where, pid, startTime, command, identity: setup.identity, door });
  }

  #addressAt(port: number | undefined): ConnectOptions | undefined {
    const { setup, clientTls } = this.#settings;
    const { listen } = setup;
    if (listen === undefined) return undefined;
    const { path, host = '127.0.0.1', secret, maxFrame, maxBuffered, heartbeat, handshakeTimeout, tls } = listen;
    const where = path === undefined ? { port, host: reachableHost(host) } : { path };
    const trust = tls === undefined ? undefined : (clientTls ?? { ca: tls.cert, checkServerIdentity: () => undefined });
    const all = { ...where, secret, maxFrame, maxBuffered, heartbeat, handshakeTimeout, tls: trust };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }
}

/** Who listens at every address is connected to at this machine's own. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/**
 * A service in the place where it runs: made, started, offered on connections, and brought to its end.
 *
 *     load ──> listen, accept ... ──> drain ──> stop ──> leave
 */
import { toErrorRecord } from '../../channel/codec/error-record.ts';
import { RpcRefusedError, ServiceClosedError } from '../../errors.ts';
import { limitsOf } from '../../pacing/interruption.ts';
import { runWithin, waitWithin } from '../../pacing/timeout.ts';
import { timeoutError } from '../../signal/wait-options.ts';
import { CallLedger } from '../call-ledger.ts';
import type { Connection } from '../connection.ts';
import { connectionOf, type Endpoint, linkOver } from '../endpoint.ts';
import { policyOf } from '../expose.ts';
import type { Allow, Policy } from '../local-object.ts';
import type { SocketServer } from '../socket-server.ts';
import { watchEnd } from '../watched-connection.ts';
import type { DrainOutcome, ServiceControl, ServiceSetup } from './service-control.ts';
import { isHook, makeService, type ServiceHooks } from './service-object.ts';
import type { StopOutcome } from './service-report.ts';

/** What the place does for a service. */
export interface ServicePlace {
  /** The object itself, where it is not for a module to make. */
  readonly given?: unknown;
  /** Listens for who wants to know whether this is the service that it takes it for; resolves to the port. */
  proveIdentity?(setup: ServiceSetup, service: HostedService): Promise<number>;
  /** Ends the thread or process. */
  leave(): void;
}

export class HostedService implements ServiceControl {
  readonly #place: ServicePlace;
  readonly #ledger = new CallLedger();
  readonly #connections = new Set<Connection>();
  /** Aborted when it is to give up a start. */
  readonly #end = new AbortController();
  #setup: ServiceSetup | undefined;
  #service: ServiceHooks | undefined;
  #policy: Policy | undefined;
  #server: SocketServer | undefined;
  /** Whether it has been started, and so is to be stopped. */
  #isStarted = false;

  constructor(place: ServicePlace) {
    this.#place = place;
  }

  async load(setup: ServiceSetup): Promise<number | undefined> {
    this.#setup = setup;
    const service = await makeService(setup, this.#place.given);
    const policy = policyOf(service, setup.expose);
    this.#policy = { ...policy, ledger: this.#ledger, allow: withoutHooks(setup.name, service, policy.allow) };
    await service.start?.(this.#end.signal);
    this.#service = service;
    this.#isStarted = true;
    // Nobody waits for it any more.
    if (this.#end.signal.aborted) await this.#stopService(0);
    return setup.identity === undefined ? undefined : await this.#place.proveIdentity?.(setup, this);
  }

  async listen(): Promise<number | undefined> {
    const { listen: options } = this.#started();
    if (options === undefined) return undefined;
    // Loaded when it is needed: it takes longer than all else that a thread starts on.
    const { listen } = await import('../socket-server.ts');
    this.#server = await listen({ ...options, onConnection: (connection) => this.#serve(connection) });
    return this.#server.port;
  }

  accept(end: Endpoint): void {
    this.#started();
    if (this.#ledger.refusal !== undefined) throw this.#ledger.refusal;
    this.#serve(connectionOf(end));
  }

  async health(): Promise<unknown> {
    return await this.#service?.health?.();
  }

  async drain(ms: number): Promise<DrainOutcome> {
    const name = this.#setup?.name ?? '';
    this.#ledger.close(new ServiceClosedError(`Service '${name}' takes no more calls: it is about to end`));
    this.#server?.stopAccepting();
    const before = this.#ledger.finished;
    try {
      await waitWithin(() => this.#ledger.empty(), { timeout: ms }, 'The calls');
    } catch {
      // Those that are left are told by name.
    }
    return { drained: this.#ledger.finished - before, left: this.#ledger.unfinished() };
  }

  async stop(ms: number): Promise<{ readonly outcome: StopOutcome; readonly error?: unknown }> {
    this.#end.abort(new ServiceClosedError(`Service '${this.#setup?.name}' was stopped`));
    const result = await this.#stopService(ms);
    const reason = new ServiceClosedError(`service '${this.#setup?.name}' has stopped`);
    for (const connection of this.#connections) connection.close(reason);
    await this.#server?.close(reason);
    return result;
  }

  leave(): void {
    this.#place.leave();
  }

  async #stopService(ms: number): Promise<{ outcome: StopOutcome; error?: unknown }> {
    const service = this.#service;
    if (!this.#isStarted || service?.stop === undefined) return { outcome: 'none' };
    this.#isStarted = false;
    const late = timeoutError(`The stop of service '${this.#setup?.name}'`, ms);
    try {
      await runWithin(
        (signal) => service.stop?.(signal),
        limitsOf({ timeout: ms }),
        () => late,
      );
      return { outcome: 'stopped' };
    } catch (error) {
      return error === late ? { outcome: 'hung' } : { outcome: 'failed', error: toErrorRecord(error) };
    }
  }

  #serve(connection: Connection): void {
    const watched = watchEnd(connection, () => this.#connections.delete(watched));
    this.#connections.add(watched);
    linkOver(watched).expose(this.#service, this.#policy as Policy);
  }

  #started(): ServiceSetup {
    if (this.#isStarted) return this.#setup as ServiceSetup;
    throw new ServiceClosedError(`Service '${this.#setup?.name}' is not started`);
  }
}

/** Its own business is not for clients. A member of that name that is no function is none. */
function withoutHooks(name: string, service: ServiceHooks, allow: Allow | undefined): Allow {
  return (path, target, type) => {
    if (target === service && isHook(path[0]) && typeof service[path[0] as keyof ServiceHooks] === 'function') {
      throw new RpcRefusedError(`Cannot reach '${path.join('.')}' of service '${name}': it is for the service itself`);
    }
    return allow?.(path, target, type);
  };
}

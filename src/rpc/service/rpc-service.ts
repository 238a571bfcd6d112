/** A service as those who keep it see it; what it does is in `service-life.ts`. */
import type { Remote } from 'comlink';
import { LifecycleError, ServiceClosedError } from '../../errors.ts';
import type { Resource } from '../../lifecycle/resource.ts';
import { checkDelay } from '../../pacing/option-checks.ts';
import { waitWithin } from '../../pacing/timeout.ts';
import { deadlines } from '../../signal/deadlines.ts';
import { TypedEventTarget } from '../../signal/typed-event-target.ts';
import type { WaitOptions } from '../../signal/wait-options.ts';
import type { Connection } from '../connection.ts';
import { type ReconnectingCallOptions, ReconnectingClient, type ReconnectOptions } from '../reconnecting-client.ts';
import type { ConnectOptions } from '../socket-connection.ts';
import { askHealth } from './health-watch.ts';
import { openDoor, type ServiceDoor } from './service-door.ts';
import type { ServiceEventMap, ServiceState } from './service-events.ts';
import { ServiceLife } from './service-life.ts';
import { addService, removeService } from './services.ts';
import { limitsOf, type ShutdownOptions } from './shutdown-options.ts';
import type { RunningService } from './service-start.ts';
import { type RpcServiceOptions, serviceSettings, type ServiceSettings } from './service-options.ts';
import { describeEnding, reportOf, type ServiceReport } from './service-report.ts';

/** How another client of the service makes its calls. */
export type ServiceClientOptions<T> = Omit<ReconnectOptions<T>, 'connect' | 'retryIf' | 'attempts'>;

/** Milliseconds: the ceiling of the first pause of a client whose connection could not be opened. */
const RECONNECT_DELAY_MS = 10;
const HEALTH_TIMEOUT_MS = 5_000;

/**
 * An object that runs in this thread, in one of its own or in a process of its own, and is used the same way from each:
 * it is started and says when it is ready, is watched, started again when it ends, and shut down so that nothing of it
 * is left.
 *
 * - **Calls** made while it starts or is started again wait for it. One that is under way when the service dies rejects
 *   with a PeerGoneError, since it may have been carried out, or is made again if it is `idempotent`. One made before
 *   the start or after the shutdown rejects with a ServiceClosedError.
 * - **Its own hooks** are `start(signal)`, `stop(signal)` and `health()`, each if it has one. No client can call them.
 * - **Streams** (what its generators yield) end with the run. They do not hold a shutdown up.
 *
 * Once started, it keeps this process alive until it is shut down. It is a Resource of a Lifecycle, and can be handed
 * to `onProcessSignals`.
 *
 * @typeParam T - the service's class or interface
 * @example
 * ```ts
 * await using prices = new RpcService<Prices>({
 *   name: 'prices',
 *   module: new URL('./prices.js', import.meta.url),
 *   host: 'process',
 *   listen: { port: 5000, secret },
 *   idempotent: ['quote'],
 * });
 * await prices.start();
 * console.log(await prices.remote.quote('EUR'));
 * const { clean, cutOff } = await prices.shutdown({ timeout: 5_000 });
 * ```
 */
export class RpcService<T> extends TypedEventTarget<ServiceEventMap> implements Resource, AsyncDisposable {
  readonly name: string;
  readonly #settings: ServiceSettings;
  readonly #life: ServiceLife;
  /** Made when it is first used: it begins to connect at once. */
  #ownClient: ReconnectingClient<T> | undefined;
  #shutdown: Promise<ServiceReport> | undefined;
  /** Errors that say that there is no run to wait for: with any other, connecting is tried again. */
  readonly #noRun = new WeakSet<object>();

  /** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
  constructor(options: RpcServiceOptions) {
    super();
    this.#settings = serviceSettings(options);
    this.name = this.#settings.setup.name;
    this.#life = new ServiceLife(this.#settings, (event) => this.#told(event));
  }

  get state(): ServiceState {
    return this.#life.state;
  }

  /** The number of its process, if it has one of its own and runs. */
  get pid(): number | undefined {
    return this.#life.run?.pid;
  }

  /** How many runs there have been. */
  get runs(): number {
    return this.#life.runs;
  }

  /** The service itself: each method is a promise. It stays the same over all runs. */
  get remote(): Remote<T> {
    return this.#client.remote;
  }

  /**
   * All that a client in another process needs, as the options of `connect` of `reveille/rpc`; undefined if it does not
   * listen, or not yet. The port stays the same over all runs. It contains the secret, if there is one.
   */
  get address(): ConnectOptions | undefined {
    return this.#life.address;
  }

  /**
   * Starts it. Callers at the same time share one start; when it runs, this does nothing. After a shutdown it can be
   * started again.
   *
   * A server that an earlier run of the program has left behind at its address is ended first (see `staleended`).
   *
   * @param options - a signal, or limits: when one is reached, the start is given up and nothing of it is left
   * @throws {PortInUseError} if somebody else has its port or path
   * @throws {NotReadyError} if it does not come up, with what went wrong as `cause`: a ModuleLoadError, what its
   *   constructor or its `start` threw; or after `startTimeout` milliseconds
   * @throws {LifecycleError} while it stops; {ServiceClosedError} if it is shut down meanwhile
   * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason
   */
  async start(options: AbortSignal | WaitOptions = {}): Promise<void> {
    const { signal, timeout = Infinity } = limitsOf(options);
    const { state } = this.#life;
    signal?.throwIfAborted();
    let isGivenUp = false;
    const started = this.#life.start();
    if (state !== 'stopping') this.#shutdown = undefined;
    const untilStarted = (stop: AbortSignal): Promise<unknown> => {
      stop.addEventListener('abort', () => (isGivenUp = true));
      return started;
    };
    try {
      await waitWithin(untilStarted, { signal, timeout }, `Starting service '${this.name}'`);
    } catch (error) {
      // Who only waited for the start of somebody else does not end it.
      if (isGivenUp && (state === 'new' || state === 'stopped' || state === 'failed')) {
        await this.#life.abandonStart(error);
      }
      throw error;
    }
  }

  /**
   * Calls the service with limits, or several times on one connection.
   *
   * @throws {PeerGoneError} if its run ends meanwhile, unless the call is idempotent; {ServiceClosedError} if it does
   *   not run and is not about to
   * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason, and what `fn` throws
   * @example
   * ```ts
   * const price = await prices.call((remote) => remote.quote('EUR'), { timeout: 500, idempotent: true });
   * ```
   */
  call<R>(fn: (remote: Remote<T>) => R | PromiseLike<R>, options: ReconnectingCallOptions = {}): Promise<R> {
    return this.#client.call(fn, options);
  }

  /**
   * Another client in this thread, with a connection of its own, whose calls are limited or repeated in its own way.
   * For other processes see `address`, for other threads `door`.
   */
  connect(options: ServiceClientOptions<T> = {}): ReconnectingClient<T> {
    const client: ReconnectingClient<T> = new ReconnectingClient<T>({
      baseDelay: RECONNECT_DELAY_MS,
      ...options,
      connect: (signal) => this.#open(signal, () => client.renew()),
      retryIf: (error) => !this.#noRun.has(error as object),
    });
    return client;
  }

  /**
   * A way in for another thread: send it there, moving its `port`, and have `connectService` make a client of it. It
   * leads to the service over all its runs.
   */
  door(): ServiceDoor {
    return openDoor(this.#life);
  }

  /**
   * Asks it how it is.
   *
   * @returns what its `health` returns; undefined if it has none
   * @throws {NotReadyError} if that is false; {ServiceClosedError} if it does not run; what its `health` throws;
   *   {DeadlineExceededError} if there is no answer within `timeout` milliseconds, 5,000 unless told
   */
  async health(options: AbortSignal | WaitOptions = {}): Promise<unknown> {
    const { signal, timeout = HEALTH_TIMEOUT_MS } = limitsOf(options);
    const { run, state } = this.#life;
    if (run === undefined) throw new ServiceClosedError(`Service '${this.name}' does not run: it is ${state}`);
    return await waitWithin(() => askHealth(run, timeout), { signal }, 'The health check');
  }

  /**
   * Ends its run as a shutdown does, and starts another one. Clients go over to that: calls that are under way are
   * answered or, once the time is over, reject; calls that come meanwhile wait.
   *
   * @param options - `timeout`: as for `shutdown`
   * @throws {LifecycleError} if it does not run; {ServiceClosedError} if it is shut down meanwhile; also why it does
   *   not come up again, once its restarts are used up
   */
  async restart(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    const { timeout = this.#settings.stopTimeout } = options;
    checkDelay('timeout', timeout);
    await this.#life.restart(timeout);
  }

  /**
   * Shuts it down: no more calls are let in, those that are under way are answered, its `stop` is called, its thread or
   * process ends, and its port is free. Whatever it does, this is over after `timeout` milliseconds and the three
   * seconds that killing may take. Callers at the same time, and later ones, get the report of the same shutdown.
   */
  shutdown(options: AbortSignal | ShutdownOptions = {}): Promise<ServiceReport> {
    try {
      const { timeout = this.#settings.stopTimeout, signal } = limitsOf(options);
      checkDelay('timeout', timeout);
      return (this.#shutdown ??= this.#shutDown(timeout, signal));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Shuts it down, as a Resource. */
  async stop(options: AbortSignal | ShutdownOptions = {}): Promise<ServiceReport> {
    return await this.shutdown(options);
  }

  /** @throws {LifecycleError} if it could not be ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    const report = await this.shutdown();
    if (report.end === 'stuck') {
      throw new LifecycleError(`Service '${this.name}' did not end: ${describeEnding({ ...report })}`);
    }
  }

  async #shutDown(timeout: number, signal: AbortSignal | undefined): Promise<ServiceReport> {
    const startedAt = deadlines().now();
    const ending = await this.#life.stop(timeout, signal);
    return reportOf(this.name, deadlines().now() - startedAt, ending);
  }

  get #client(): ReconnectingClient<T> {
    this.#ownClient ??= this.connect({ idempotent: this.#settings.idempotent });
    return this.#ownClient;
  }

  async #open(signal: AbortSignal, retire: () => void): Promise<Connection> {
    const { run, connections } = await this.#nextRun();
    signal.throwIfAborted();
    return connections.add(await run.connect(signal), retire);
  }

  async #nextRun(): Promise<RunningService> {
    try {
      return await this.#life.ready();
    } catch (error) {
      this.#noRun.add(error as object);
      throw error;
    }
  }

  #told(event: Event): void {
    if (this.state === 'stopped' || this.state === 'failed') removeService(this);
    else addService(this);
    this.dispatchEvent(event);
  }
}

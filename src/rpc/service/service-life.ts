/**
 * The life of a service: one loop (`#live`), each turn of which is a run and, where another follows, the wait for it.
 *
 * Whoever wants something of it, to restart or to stop, says so and waits: `#wish` ends the run that goes on, `#stop`
 * whatever else the loop waits for. Everything that the loop does is bounded, so all who wait get an answer.
 */
import { LifecycleError, ServiceClosedError } from '../../errors.ts';
import { watchLimits } from '../../pacing/interruption.ts';
import { RestartPolicy } from '../../process/restart-policy.ts';
import { Settleable } from '../../process/settleable.ts';
import { deadlines } from '../../signal/deadlines.ts';
import { LoopHold } from '../../signal/keep-alive.ts';
import type { ConnectOptions } from '../socket-connection.ts';
import { HealthWatch } from './health-watch.ts';
import { endRun, killRun, releasedAddress } from './run-ending.ts';
import { ServiceStateEvent, type ServiceState, StaleServiceEvent } from './service-events.ts';
import type { ServiceSettings } from './service-options.ts';
import { removeRecord } from './service-record.ts';
import { describeEnding, nothingRan, type RunEnding } from './service-report.ts';
import type { RunExit, ServiceRun } from './service-run.ts';
import { type RunningService, startRun } from './service-start.ts';
import { addressText, netAddress } from '../socket-address.ts';

/** Why a run that was ready is over, or is to be. */
type Wish =
  | { readonly kind: 'exited'; readonly exit: RunExit }
  | { readonly kind: 'restart'; readonly timeout: number; readonly error?: unknown; readonly isHung?: boolean }
  | { readonly kind: 'stop'; readonly timeout: number };

export class ServiceLife {
  state: ServiceState = 'new';
  /** How many runs there have been. */
  runs = 0;
  readonly #settings: ServiceSettings;
  readonly #tell: (event: Event) => void;
  readonly #hold = new LoopHold();
  /** Anew for each time that it becomes ready; rejects when it will not. */
  #ready = new Settleable<RunningService>();
  #running: RunningService | undefined;
  /** What is wanted of the run that goes on. */
  #wish = new Settleable<Wish>();
  /** Aborted when it is to stop. */
  #stop = new AbortController();
  /** Aborted when it is to be ended at once, calls or not. */
  #hurry = new AbortController();
  #policy: RestartPolicy | undefined;
  /** The loop, or the last one. Resolves to how its last run ended. */
  #ended: Promise<RunEnding> = Promise.resolve(nothingRan());
  #port: number | undefined;

  constructor(settings: ServiceSettings, tell: (event: Event) => void) {
    this.#settings = settings;
    this.#tell = tell;
  }

  get address(): ConnectOptions | undefined {
    return this.#running?.address;
  }

  /** The run that is up, or undefined. */
  get run(): ServiceRun | undefined {
    return this.#running?.run;
  }

  /** Begins, unless it has. Resolves once it is ready. */
  start(): Promise<RunningService> {
    if (this.state === 'stopping') return Promise.reject(this.#refusal('start', 'it stops'));
    if (this.state === 'new' || this.state === 'stopped' || this.state === 'failed') this.#begin();
    return this.#ready.promise;
  }

  /**
   * The run that is up, or the next one.
   *
   * @throws {ServiceClosedError} if there is none to wait for
   */
  ready(): Promise<RunningService> {
    const { name } = this.#settings.setup;
    if (this.state === 'new') {
      return Promise.reject(new ServiceClosedError(`Service '${name}' was not started: await its start() first`));
    }
    const isOver = this.state === 'stopping' || this.state === 'stopped';
    return isOver ? Promise.reject(this.#closed()) : this.#ready.promise;
  }

  /** Ends the run that goes on, and resolves once another one is ready. */
  restart(timeout: number): Promise<RunningService> {
    if (this.state === 'ready' || this.state === 'unhealthy') this.#wishFor({ kind: 'restart', timeout });
    else if (this.state !== 'restarting') return Promise.reject(this.#refusal('restart', `it is ${this.state}`));
    return this.#ready.promise;
  }

  /** Resolves to how it ended, after `timeout` milliseconds and what killing takes at most. */
  async stop(timeout: number, signal: AbortSignal | undefined): Promise<RunEnding> {
    if (this.state === 'new' || this.state === 'failed') this.#change('stopped');
    if (this.state === 'stopped') return nothingRan();
    const time = deadlines();
    const hurry = (): void => this.#hurry.abort(new ServiceClosedError('The time for the shutdown is over'));
    const unwatch = watchLimits({ time, until: time.now() + timeout, signal, ref: true }, hurry, hurry);
    if (signal?.aborted === true) hurry();
    this.#stop.abort(this.#closed());
    if (this.state === 'starting' || this.state === 'restarting') this.#change('stopping');
    this.#wishFor({ kind: 'stop', timeout });
    try {
      return await this.#ended;
    } finally {
      unwatch();
    }
  }

  /** Gives up a start that is under way. Resolves once nothing is left of it. */
  async abandonStart(reason: unknown): Promise<void> {
    if (this.state !== 'starting') return;
    this.#stop.abort(reason);
    await this.#ended;
  }

  #begin(): void {
    this.#stop = new AbortController();
    this.#hurry = new AbortController();
    this.#ready = new Settleable();
    const { restart } = this.#settings;
    this.#policy = restart === undefined ? undefined : new RestartPolicy(restart);
    this.#hold.hold();
    this.#change('starting');
    this.#ended = this.#live().finally(() => this.#hold.release());
  }

  /** Never rejects. */
  async #live(): Promise<RunEnding> {
    for (let isRestart = false; ; isRestart = true) {
      let delay: number | undefined;
      const failure = await this.#startRun(isRestart);
      if (failure !== undefined) {
        if (!isRestart || this.#stop.signal.aborted) return this.#over(nothingRan(), failure.error);
        delay = this.#nextDelay(true, 0);
        if (delay === undefined) return this.#over(nothingRan(), failure.error);
        this.#change('restarting', { error: failure.error, delay });
      } else {
        const readyAt = deadlines().now();
        const wish = await this.#untilOver();
        const ending = await this.#endRun(wish);
        if (wish.kind === 'stop' || this.#stop.signal.aborted) return this.#over(ending, undefined);
        if (ending.end === 'stuck') return this.#over(ending, this.#endError(ending));
        delay = wish.kind === 'restart' && wish.error === undefined ? 0 : undefined;
        if (delay === undefined) {
          const error: unknown = wish.kind === 'exited' ? wish.exit.error : wish.error;
          delay = this.#nextDelay(false, deadlines().now() - readyAt, wish.kind === 'exited' ? wish.exit : undefined);
          if (delay === undefined) return this.#over(ending, error);
          this.#change('restarting', { error, delay });
        }
      }
      if (!(await this.#backOff(delay))) return this.#over(nothingRan(), undefined);
    }
  }

  async #startRun(isRestart: boolean): Promise<{ readonly error: unknown } | undefined> {
    this.runs++;
    this.#wish = new Settleable();
    try {
      const running = await startRun(this.#settings, {
        ...{ signal: this.#stop.signal, port: this.#port, isRestart },
        onStaleEnded: (ended) => this.#tell(new StaleServiceEvent(ended)),
      });
      if (this.#stop.signal.aborted) {
        await killRun(running.run);
        return { error: this.#stop.signal.reason };
      }
      this.#port = running.address?.port;
      this.#running = running;
      this.#change('ready');
      this.#ready.resolve(running);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Resolves to why the run that is up is over. */
  async #untilOver(): Promise<Wish> {
    const { run } = this.#running as RunningService;
    void run.exited.then((exit) => this.#wishFor({ kind: 'exited', exit }));
    const health = this.#watchHealth(run);
    try {
      return await this.#wish.promise;
    } finally {
      health?.stop();
    }
  }

  async #endRun(wish: Wish): Promise<RunEnding> {
    const { run, address, connections } = this.#running as RunningService;
    const { setup } = this.#settings;
    this.#running = undefined;
    const timeout = wish.kind === 'exited' ? 0 : wish.kind === 'restart' && wish.isHung === true ? 0 : wish.timeout;
    // Of one that was ended, what it may have left is still to be looked after.
    const ending =
      wish.kind === 'exited'
        ? { ...nothingRan(), end: 'crashed' as const, released: await releasedAddress(address) }
        : await endRun(run, { timeout, hurry: this.#hurry.signal, address });
    await connections.ended();
    if (setup.identity !== undefined && ending.end !== 'stuck') {
      removeRecord({
        name: setup.name,
        identity: setup.identity,
        address: addressText(netAddress(setup.listen ?? {}, 0)),
      });
    }
    return ending;
  }

  #watchHealth(run: ServiceRun): HealthWatch | undefined {
    const { health, onUnhealthy, stopTimeout } = this.#settings;
    if (health === undefined) return undefined;
    return new HealthWatch(run, this.runs, health, {
      onWell: () => {
        if (this.state === 'unhealthy') this.#change('ready');
      },
      onUnhealthy: (event, isHung) => {
        this.#change('unhealthy', { error: event.error });
        this.#tell(event);
        if (onUnhealthy(event) !== 'restart') return;
        this.#wishFor({ kind: 'restart', timeout: stopTimeout, error: event.error, isHung });
      },
    });
  }

  #nextDelay(failedToStart: boolean, readyFor: number, exit?: RunExit): number | undefined {
    const { code, signal } = exit ?? { code: 1, signal: null };
    const outcome = { exit: { code, signal, output: '' }, failedToStart, readyFor };
    return this.#policy?.nextDelay(outcome, deadlines().now());
  }

  /** Resolves to whether it is to be started again now; to false as soon as it is to stop. */
  #backOff(delay: number): Promise<boolean> {
    const { signal } = this.#stop;
    if (signal.aborted) return Promise.resolve(false);
    const time = deadlines();
    return new Promise((resolve) => {
      const again = (): void => resolve(true);
      const stayDown = (): void => resolve(false);
      watchLimits({ time, until: time.now() + delay, signal, ref: true }, again, stayDown);
    });
  }

  #wishFor(wish: Wish): void {
    if (this.#wish.isSettled) return;
    this.#wish.resolve(wish);
    if (this.#running === undefined) return;
    if (wish.kind !== 'stop') this.#ready = new Settleable();
    if (wish.kind === 'exited') return;
    this.#change(wish.kind === 'stop' ? 'stopping' : 'restarting', {
      error: wish.kind === 'stop' ? undefined : wish.error,
    });
    this.#running.connections.retire();
  }

  #over(ending: RunEnding, error: unknown): RunEnding {
    const isAsked = this.#stop.signal.aborted;
    const failure = isAsked && ending.end === 'stuck' ? this.#endError(ending) : error;
    const hasFailed = isAsked ? ending.end === 'stuck' : true;
    this.#change(hasFailed ? 'failed' : 'stopped', hasFailed ? { error: failure } : {});
    this.#ready.reject(isAsked ? this.#stop.signal.reason : error);
    return ending;
  }

  #endError(ending: RunEnding): LifecycleError {
    return new LifecycleError(`Service '${this.#settings.setup.name}' did not end: ${describeEnding(ending)}`);
  }

  #closed(): ServiceClosedError {
    return new ServiceClosedError(`Service '${this.#settings.setup.name}' takes no calls: it was shut down`);
  }

  #refusal(action: string, why: string): LifecycleError {
    return new LifecycleError(`Cannot ${action} service '${this.#settings.setup.name}': ${why}`);
  }

  #change(state: ServiceState, details: { readonly error?: unknown; readonly delay?: number } = {}): void {
    const previous = this.state;
    if (state === previous && details.delay === undefined) return;
    this.state = state;
    this.#tell(new ServiceStateEvent({ state, previous, run: this.runs }, details));
  }
}

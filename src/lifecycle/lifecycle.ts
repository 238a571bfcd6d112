/** Resources that need each other, as one thing that starts and stops. */
import { LifecycleError } from '../errors.ts';
import { provideActivities } from '../signal/activities.ts';
import { deadlines } from '../signal/deadlines.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import { TypedEventTarget } from '../signal/typed-event-target.ts';
import { checkWaitOptions, describe, timeoutError, type WaitOptions } from '../signal/wait-options.ts';
import { cycleThrough } from './dependency-order.ts';
import { describeTroubles, type HealthReport, type ResourceHealth, type StopReport } from './lifecycle-report.ts';
import { ManagedResource } from './managed-resource.ts';
import { dependenciesOf, FailedStart, startInOrder, stopInReverse } from './ordered-resources.ts';
import type { Resource, ResourceState } from './resource.ts';
import { type LifecycleEventMap, StateChangeEvent } from './state-change-event.ts';

/** How long `stop` may take unless told. */
const STOP_TIMEOUT_MS = 10_000;
/** How long a health check may take unless told. */
const HEALTH_TIMEOUT_MS = 5000;

/** Options for a Lifecycle. */
export interface LifecycleOptions {
  /** What it is called in messages. @default 'lifecycle' */
  readonly name?: string | undefined;
  /**
   * Milliseconds that a stop may take which names no timeout, also when a start that failed is undone.
   *
   * @default 10000
   */
  readonly stopTimeout?: number | undefined;
}

/** Those that are neither new nor at their end. */
const active = new Set<Lifecycle>();

/**
 * Starts resources in the order in which they need each other, and stops them in reverse.
 *
 * @example
 * ```ts
 * const app = new Lifecycle()
 *   .add('database', { start: (signal) => db.connect({ signal }), stop: () => db.end() })
 *   .add('cache', { start: () => cache.open(), stop: () => cache.close() })
 *   .add('server', { start: () => server.open(8080), stop: () => server.close() }, { after: ['database', 'cache'] });
 * onProcessSignals(app);
 * await app.start({ timeout: 30_000 });
 * ```
 */
export class Lifecycle extends TypedEventTarget<LifecycleEventMap> implements AsyncDisposable {
  readonly name: string;
  readonly #stopTimeout: number;
  readonly #resources = new Map<string, ManagedResource>();
  #state: ResourceState = 'new';
  #starting: Promise<void> | undefined;
  /** Aborts the start that is under way. */
  #startAbort = new AbortController();
  #stopping: Promise<StopReport> | undefined;

  /** @throws {TypeError | RangeError} naming the option, what it got and what it takes. */
  constructor(options: LifecycleOptions = {}) {
    super();
    checkWaitOptions({ timeout: options.stopTimeout });
    const { name = 'lifecycle', stopTimeout = STOP_TIMEOUT_MS } = options;
    if (typeof name !== 'string') throw new TypeError(`Expected option 'name' to be a string, got ${describe(name)}`);
    this.name = name;
    this.#stopTimeout = stopTimeout;
  }

  /**
   * Adds a resource, before the start.
   *
   * @param options - `after`: the names of those that it needs, added before it or later
   * @throws {LifecycleError} if the name is taken, the lifecycle was started, or resources would wait for each other.
   */
  add(name: string, resource: Resource, { after = [] }: { readonly after?: readonly string[] } = {}): this {
    if (typeof name !== 'string') throw new TypeError(`Expected 'name' to be a string, got ${describe(name)}`);
    if (typeof resource?.start !== 'function' || typeof resource.stop !== 'function') {
      throw new TypeError(`Expected resource '${name}' to be an object with start and stop, got ${describe(resource)}`);
    }
    if (!Array.isArray(after))
      throw new TypeError(`Expected option 'after' to be a list of names, got ${describe(after)}`);
    if (this.#state !== 'new') throw new LifecycleError(`Cannot add '${name}' to ${this.name}: it is ${this.#state}`);
    if (this.#resources.has(name)) throw new LifecycleError(`Cannot add '${name}' to ${this.name} twice`);
    const cycle = cycleThrough(name, new Map([...dependenciesOf(this.#resources), [name, after]]));
    if (cycle !== undefined) {
      throw new LifecycleError(`Cannot add '${name}' to ${this.name}: ${cycle.join(' -> ')} wait for each other`);
    }
    const tell = ({ state, error }: ManagedResource, previous: ResourceState): void =>
      void this.dispatchEvent(new StateChangeEvent(name, state, previous, error));
    this.#resources.set(name, new ManagedResource(name, resource, [...after], tell));
    return this;
  }

  get state(): ResourceState {
    return this.#state;
  }

  /** The state of each resource, by name. */
  states(): Record<string, ResourceState> {
    return Object.fromEntries([...this.#resources.values()].map(({ name, state }) => [name, state]));
  }

  /**
   * Starts everything that does not run yet. Callers at the same time share one start. If a resource fails, or time is
   * up, those that were started are stopped again first. After a stop it may be started again.
   *
   * @throws {LifecycleError} naming the resource that failed, whose error is the `cause`, or a resource in `after` that
   *   was never added; if it is stopped meanwhile; the signal's reason, or a DeadlineExceededError after `timeout`
   *   milliseconds
   */
  start(options: WaitOptions = {}): Promise<void> {
    try {
      checkWaitOptions(options);
      if (this.#state === 'running') return Promise.resolve();
      if (this.#state === 'starting' && this.#starting !== undefined) return this.#starting;
      if (this.#state === 'stopping') throw new LifecycleError(`Cannot start ${this.name} while it stops`);
      options.signal?.throwIfAborted();
      this.#checkNames();
    } catch (error) {
      return Promise.reject(error);
    }
    this.#stopping = undefined;
    this.#startAbort = new AbortController();
    this.#change('starting');
    return (this.#starting = this.#startAll(options));
  }

  /**
   * Stops everything that was started, in reverse, within `timeout` milliseconds, whatever resources do. Never rejects
   * for what they do: the report tells. Callers at the same time, and later ones, get the report of the same stop.
   */
  stop({ timeout = this.#stopTimeout }: { readonly timeout?: number | undefined } = {}): Promise<StopReport> {
    try {
      checkWaitOptions({ timeout });
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#state === 'starting') {
      this.#startAbort.abort(new LifecycleError(`${this.name} was stopped while it started`));
    }
    return (this.#stopping ??= this.#stopAll(timeout));
  }

  /** Asks each running resource that has a `health` how it is, all at the same time. Never rejects. */
  async health({ timeout = HEALTH_TIMEOUT_MS }: { readonly timeout?: number } = {}): Promise<HealthReport> {
    checkWaitOptions({ timeout });
    const all = [...this.#resources.values()];
    const healths = await Promise.all(
      all.map(async (each): Promise<[string, ResourceHealth]> => [each.name, await each.health(timeout)]),
    );
    const healthy = this.#state === 'running' && healths.every(([, health]) => health.healthy);
    return { state: this.#state, healthy, resources: Object.fromEntries(healths) };
  }

  /** @throws {LifecycleError} naming what did not stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clean, resources } = await this.stop();
    if (!clean) throw new LifecycleError(`${this.name} did not stop as it should: ${describeTroubles(resources)}`);
  }

  async #startAll({ signal, timeout = Infinity }: WaitOptions): Promise<void> {
    const abort = this.#startAbort;
    const loop = new LoopHold();
    const time = deadlines();
    const giveUp = (): void => abort.abort(signal?.reason);
    const deadline = time.add(time.now() + timeout, () => abort.abort(timeoutError(`Starting ${this.name}`, timeout)));
    signal?.addEventListener('abort', giveUp);
    loop.hold();
    try {
      // What is still on its way when the start is given up is left to the stop.
      await Promise.race([startInOrder(this.#resources, abort), aborted(abort.signal)]);
      if (!abort.signal.aborted) return this.#change('running');
    } finally {
      deadline.cancel();
      signal?.removeEventListener('abort', giveUp);
      loop.release();
    }
    const { clean, resources } = await (this.#stopping ??= this.#stopAll(this.#stopTimeout));
    const reason: unknown = abort.signal.reason;
    if (!(reason instanceof FailedStart)) throw reason;
    const rest = clean ? '' : `; and then ${describeTroubles(resources)}`;
    throw new LifecycleError(`${reason.message}${rest}`, { cause: reason.cause });
  }

  async #stopAll(timeout: number): Promise<StopReport> {
    this.#change('stopping');
    const report = await stopInReverse(this.#resources, timeout);
    const reason: unknown = this.#startAbort.signal.reason;
    if (reason instanceof FailedStart) this.#change('failed', reason.cause);
    else this.#change(report.clean ? 'stopped' : 'failed');
    return report;
  }

  #checkNames(): void {
    for (const { name, after } of this.#resources.values()) {
      const unknown = after.find((dependency) => !this.#resources.has(dependency));
      if (unknown === undefined) continue;
      throw new LifecycleError(
        `Cannot start ${this.name}: '${name}' comes after '${unknown}', which was never added; ` +
          `there are ${[...this.#resources.keys()].join(', ')}`,
      );
    }
  }

  #change(state: ResourceState, error?: unknown): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    if (state === 'stopped' || state === 'failed') active.delete(this);
    else active.add(this);
    this.dispatchEvent(new StateChangeEvent(undefined, state, previous, error));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

provideActivities(function* () {
  for (const lifecycle of active) {
    const { name, state } = lifecycle;
    yield { kind: 'lifecycle', name, detail: state, holdsProcess: state === 'starting' || state === 'stopping' };
    for (const [resource, is] of Object.entries(lifecycle.states())) {
      if (is === 'new' || is === 'stopped') continue;
      yield { kind: 'resource', name: `${name}/${resource}`, detail: is, holdsProcess: false };
    }
  }
});

/** The pool: the public face of the scheduler. */
import { type ModuleLoadError, PoolClosedError, TaskNotFoundError } from '../errors.ts';
import { defaultArena } from '../memory/arena.ts';
import { now } from '../pacing/clock.ts';
import { runtimeDeadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { Doorbell } from '../signal/doorbell.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import { TypedEventTarget } from '../signal/typed-event-target.ts';
import { Admission } from './admission.ts';
import { checkKeys, checkMilliseconds, checkWholeNumber, show } from './check-options.ts';
import { CompletionPump, type Pumped } from './completion-pump.ts';
import { WANTS_MESSAGE } from './completion-ring.ts';
import { Crew } from './crew.ts';
import { Dispatcher } from './dispatcher.ts';
import { IdleThreads } from './idle-threads.ts';
import { Region, regionBytes, TASK_NAMED } from './layout.ts';
import { type MapOptions, TaskMap } from './task-map.ts';
import { unknownTaskMessage } from './nearest-names.ts';
import { addOpenPool, removeOpenPool } from './open-pools.ts';
import {
  PoolErrorEvent,
  type PoolEventMap,
  PoolMessageEvent,
  ThreadExitEvent,
  ThreadStartEvent,
} from './pool-events.ts';
import { type PoolOptions, type ResolvedPoolOptions, resolvePoolOptions } from './pool-options.ts';
import type { PoolStats } from './pool-stats.ts';
import { checkRunOptions, type RunOptions } from './run-options.ts';
import { Shutdown } from './shutdown.ts';
import type { ShutdownReport } from './shutdown-report.ts';
import type { TaskLedger } from './task-ledger.ts';
import type { TaskArguments, TaskName, TaskResult, Tasks } from './task-types.ts';

/** The kind of the arena block that holds a pool's region. */
const REGION_BLOCK = 0x52455601;
/** Tasks that can be out at the same time; more wait on the pool's own heap. */
const SLOTS = 1024;
/** `pool.map` keeps this many items out per place where one can run, so that no thread waits for the next. */
const MAP_DEPTH = 2;

/**
 * A pool of threads that run the functions of a module.
 *
 * @typeParam M - the module's type, as in `createPool<typeof import('./tasks.js')>(...)`
 */
export class Pool<M = Record<string, (...args: unknown[]) => unknown>> extends TypedEventTarget<PoolEventMap> {
  /** The module's tasks as functions: `await pool.tasks.resize(image, 200)`. */
  readonly tasks: Tasks<M>;
  readonly #options: ResolvedPoolOptions;
  readonly #region: Region;
  readonly #idle: IdleThreads;
  readonly #deadlines = runtimeDeadlines();
  readonly #dispatcher: Dispatcher;
  readonly #ledger: TaskLedger;
  readonly #crew: Crew;
  readonly #pump: CompletionPump;
  readonly #admission: Admission | undefined;
  readonly #loop = new LoopHold();
  readonly #startedAt = runtime().now();
  readonly #indexes = new Map<string, number>();
  readonly #readiness: Array<{ resolve: () => void; reject: (error: unknown) => void }> = [];
  #wasReady = false;
  #refusal: (() => Error) | undefined;
  #shutdown: Shutdown | undefined;
  #drainListeners = 0;
  #busy = false;
  /** Plain tasks take the short path: there is no bound and no default deadline. */
  readonly #plain: boolean;

  /** Use {@linkcode createPool}. */
  constructor(module: URL | string, options?: PoolOptions) {
    super();
    if (!(module instanceof URL) && typeof module !== 'string') {
      throw new TypeError(`A pool takes its module as a URL or a path, got ${show(module)}`);
    }
    const resolved = resolvePoolOptions(options);
    const href = runtime().resolveModule(module);
    const arena = defaultArena();
    const base = arena.allocate(regionBytes(SLOTS, resolved.max), REGION_BLOCK, false);
    this.#options = resolved;
    this.#region = new Region(arena, { base, slots: SLOTS, threads: resolved.max });
    this.#region.clear();
    this.#idle = new IdleThreads(this.#region);
    this.#dispatcher = new Dispatcher(this.#region, this.#deadlines, resolved.concurrency);
    this.#ledger = this.#dispatcher.ledger;
    this.#crew = this.#makeCrew(href);
    this.#ledger.crew = this.#crew;
    this.#pump = new CompletionPump(this.#makePumped(), Doorbell.current(), resolved.spinMs);
    this.#admission =
      resolved.queueLimit === Infinity
        ? undefined
        : new Admission(resolved.queueLimit, resolved.overflow, this.#dispatcher, this.#idle, this.#deadlines);
    this.#ledger.onRoom = () => this.#pump.schedule();
    this.#plain = this.#admission === undefined && resolved.timeout === Infinity;
    this.tasks = this.#makeTasks();
    addOpenPool(this);
    try {
      this.#crew.fill();
    } catch (error) {
      // What was started goes again; nobody has seen the pool.
      void this.destroy();
      throw error;
    }
  }

  /** What it is called in messages and reports. */
  get name(): string {
    return this.#options.name;
  }

  /** @internal The indices of the threads that it has. */
  threadIndices(): number[] {
    return this.#crew.threads.map(({ index }) => index);
  }

  /** Resolves when the minimum of threads has loaded the module; rejects if the module cannot be loaded. */
  ready(): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal());
    if (this.#wasReady || this.#crew.isReady) return Promise.resolve();
    this.#loop.hold();
    return new Promise((resolve, reject) => this.#readiness.push({ resolve, reject }));
  }

  /**
   * Runs a task on one of the threads.
   *
   * The arguments are cloned before this returns, and the task is handed over at once: a thread that is free takes it
   * even if this thread is then busy.
   *
   * @throws {TaskNotFoundError | QueueFullError | PoolClosedError | ThreadCrashedError | DeadlineExceededError} as a
   * rejection;
   *   what the task itself throws, with its name, message, stack, cause, code and own properties.
   */
  run<K extends TaskName<M>>(name: K, args: TaskArguments<M, K>, options?: RunOptions): Promise<TaskResult<M, K>> {
    if (!Array.isArray(args)) {
      return Promise.reject(new TypeError(`pool.run takes the arguments of '${name}' as an array, got ${show(args)}`));
    }
    return this.#run(name, args, options) as Promise<TaskResult<M, K>>;
  }

  /**
   * Runs a task on each item and yields the results. Items are pulled only as fast as they can run and the results are
   * read; the first error ends the iteration; leaving it cancels what is out.
   *
   * @example
   * ```ts
   * for await (const thumbnail of pool.map('resize', images)) await save(thumbnail);
   * ```
   */
  map<K extends TaskName<M>>(
    name: K,
    items: Iterable<TaskArguments<M, K>[0]> | AsyncIterable<TaskArguments<M, K>[0]>,
    options: MapOptions = {},
  ): AsyncGenerator<TaskResult<M, K>, void, undefined> {
    checkKeys('map options', options, ['concurrency', 'ordered', 'signal']);
    const { concurrency = this.#options.max * this.#options.concurrency * MAP_DEPTH, ordered = true, signal } = options;
    checkWholeNumber('concurrency', concurrency, 1);
    const run = (item: unknown, itemSignal: AbortSignal): Promise<TaskResult<M, K>> =>
      this.#run(name, [item], { signal: itemSignal }) as Promise<TaskResult<M, K>>;
    return new TaskMap(items, run, concurrency, ordered, signal).results();
  }

  /** Takes no more work, finishes what was taken, lets the threads leave. After `timeout` ms: as `destroy`. */
  close(options: { readonly timeout?: number } = {}): Promise<ShutdownReport> {
    checkKeys('close options', options, ['timeout']);
    if (options.timeout !== undefined) checkMilliseconds('timeout', options.timeout);
    if (this.#shutdown === undefined) this.#beginShutdown('closed').close(options.timeout);
    return (this.#shutdown as unknown as Shutdown).done;
  }

  /** Cancels every task and ends every thread now. */
  destroy(): Promise<ShutdownReport> {
    const shutdown = this.#shutdown ?? this.#beginShutdown('destroyed');
    this.#admission?.refuseAll(() => this.#closedError('destroyed'));
    shutdown.force('its pool was destroyed');
    return shutdown.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What the pool is doing. */
  stats(): PoolStats {
    const { queued, running, figures } = this.#ledger;
    const { completed, failed, cancelled, crashed, waitTimes, runTimes } = figures;
    const threads = this.#crew.threads.length;
    const idle = this.#idle.parkedCount + this.#idle.searchingCount;
    const sampled = runTimes.samples === 0 ? 0 : (runTimes.sum / runTimes.samples) * (completed + failed);
    const elapsed = (runtime().now() - this.#startedAt) * Math.max(1, threads);
    return {
      threads,
      idle,
      queued,
      held: this.#admission?.held ?? 0,
      running,
      completed,
      failed,
      cancelled,
      crashed,
      stuckThreads: this.#crew.stuck,
      utilization: Math.min(1, sampled / elapsed),
      waitTime: waitTimes.summary(),
      runTime: runTimes.summary(),
    };
  }

  /** @internal Nobody listens to `drain` in most programs, and it would fire after every single task of some. */
  protected override onListen(type: string): void {
    if (type === 'drain') this.#drainListeners++;
  }

  #run(name: string, args: readonly unknown[], options: RunOptions | undefined): Promise<unknown> {
    try {
      if (this.#refusal !== undefined) return Promise.reject(this.#refusal());
      const index = this.#indexes.get(name);
      let task: number;
      if (index === undefined) {
        // Before a thread has told the names, the name itself travels, and the thread judges it.
        if (this.#ledger.names.length > 0) return Promise.reject(this.#notFound(name));
        task = TASK_NAMED;
        args = [name, ...args];
      } else {
        task = index;
      }
      const result =
        options === undefined && this.#plain && task !== TASK_NAMED
          ? this.#dispatcher.submit(task, args)
          : this.#runWith(name, task, args, options === undefined ? {} : options);
      this.#pump.expect();
      return result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #notFound(name: string): TaskNotFoundError {
    const { names, others } = this.#ledger;
    return new TaskNotFoundError(unknownTaskMessage(String(name), names, others));
  }

  #runWith(name: string, task: number, args: readonly unknown[], given: RunOptions): Promise<unknown> {
    checkRunOptions(given);
    const options =
      given.timeout === undefined && this.#options.timeout !== Infinity
        ? { ...given, timeout: this.#options.timeout }
        : given;
    if (this.#admission === undefined) return this.#dispatcher.submitWith(task, args, options);
    return this.#admission.admit(name, task, args, options);
  }

  /** A function per task, made when it is first asked for. */
  #makeTasks(): Tasks<M> {
    const known = new Map<string | symbol, (...args: unknown[]) => Promise<unknown>>();
    return new Proxy(Object.create(null) as Tasks<M>, {
      get: (_target, name) => {
        // A promise that is resolved with `pool.tasks` must not take it for a thenable.
        if (typeof name === 'symbol' || name === 'then') return undefined;
        let task = known.get(name);
        if (task === undefined) known.set(name, (task = (...args) => this.#run(name, args, undefined)));
        return task;
      },
      has: (_target, name) => this.#ledger.names.includes(String(name)),
      ownKeys: () => [...this.#ledger.names],
      getOwnPropertyDescriptor: (target, name) =>
        this.#ledger.names.includes(String(name))
          ? { value: target[name as keyof Tasks<M>], enumerable: true, configurable: true }
          : undefined,
    });
  }

  #makeCrew(href: string): Crew {
    return new Crew(this.#region, this.#options, href, this.#dispatcher, this.#deadlines, {
      started: (thread) => {
        this.#ledger.names.forEach((name, index) => this.#indexes.set(name, index));
        this.dispatchEvent(
          new ThreadStartEvent(thread.index, now() - thread.startedAt, thread.thread.stdout, thread.thread.stderr),
        );
        if (this.#crew.isReady) this.#becomeReady();
        this.#crew.watchIdle();
      },
      exited: (thread, end, exitCode) => {
        this.dispatchEvent(new ThreadExitEvent(thread.index, end, exitCode, thread.cause));
        this.#pump.schedule();
        this.#shutdown?.threadExited(thread, end, exitCode);
      },
      message: (value, thread, task) => this.dispatchEvent(new PoolMessageEvent(value, thread, task)),
      failure: (error) => this.dispatchEvent(new PoolErrorEvent(error)),
      unusable: (error) => this.#becomeUnusable(error),
      drain: (thread) => {
        while (!thread.reader.isEmpty) this.#handle(thread.reader.shift(), thread.index);
        this.#afterSettling();
      },
    });
  }

  #makePumped(): Pumped {
    return {
      readers: this.#crew.threads,
      handle: (entry, thread) => this.#handle(entry, thread),
      settled: () => this.#afterSettling(),
      work: this.#ledger,
      rested: () => this.#onRest(),
    };
  }

  #handle(entry: number, thread: number): void {
    this.#busy = true;
    if ((entry & WANTS_MESSAGE) === 0) this.#dispatcher.completion.complete(entry);
    else this.#dispatcher.messages.sendToClaimant(entry & ~WANTS_MESSAGE, thread);
  }

  #afterSettling(): void {
    this.#dispatcher.refill();
    this.#admission?.release();
    if (this.#ledger.elastic) this.#crew.grow();
    this.#shutdown?.advance();
  }

  #onRest(): void {
    this.#admission?.release();
    this.#crew.watchIdle();
    if (!this.#busy) return;
    this.#busy = false;
    if (this.#drainListeners > 0) this.dispatchEvent(new Event('drain'));
  }

  #becomeReady(): void {
    this.#wasReady = true;
    this.#loop.release();
    for (const { resolve } of this.#readiness.splice(0)) resolve();
  }

  #becomeUnusable(error: ModuleLoadError | PoolClosedError): void {
    this.#refusal ??= () => error;
    this.#loop.release();
    const hadListener = this.#readiness.length > 0 || this.#ledger.inFlight > 0;
    for (const { reject } of this.#readiness.splice(0)) reject(error);
    this.#admission?.refuseAll(() => error);
    this.#dispatcher.cancellation.cancelAll(() => error);
    this.#crew.endAll('its pool could not load the module');
    if (!hadListener) this.dispatchEvent(new PoolErrorEvent(error));
    this.#shutdown?.advance();
  }

  #beginShutdown(how: 'closed' | 'destroyed'): Shutdown {
    this.#refusal ??= () => this.#closedError(how);
    for (const { reject } of this.#readiness.splice(0)) reject(this.#closedError(how));
    this.#loop.release();
    this.#pump.schedule();
    this.#shutdown = new Shutdown(this.#crew, this.#dispatcher, this.#deadlines, () => this.#release());
    return this.#shutdown;
  }

  /** Gives the pool's memory back, unless a thread may still write to it. */
  #release(): number {
    this.#pump.stop();
    removeOpenPool(this);
    if (this.#crew.stuck > 0) return regionBytes(SLOTS, this.#options.max);
    this.#region.arena.free(this.#region.shape.base);
    return 0;
  }

  #closedError(how: string): PoolClosedError {
    return new PoolClosedError(`Cannot run a task: pool '${this.#options.name}' was ${how}`);
  }
}

/**
 * Starts a pool of threads that run the exported functions of a module.
 *
 * @param module - a file: URL, or a path relative to the working directory
 * @typeParam M - the module's type; with it, names, arguments and results are checked
 * @throws {TypeError | RangeError} if an option is wrong.
 * @throws {ArenaFullError | TooManyThreadsError} if the process has no room for another pool.
 *
 * @example
 * ```ts
 * import { createPool } from 'reveille';
 *
 * await using pool = createPool<typeof import('./tasks.js')>(new URL('./tasks.js', import.meta.url));
 * console.log(await pool.tasks.fibonacci(30));
 * ```
 */
export function createPool<M = Record<string, (...args: unknown[]) => unknown>>(
  module: URL | string,
  options?: PoolOptions,
): Pool<M> {
  return new Pool<M>(module, options);
}

/** The pool: the public face of the scheduler. What is behind it is in pool-engine.ts. */
import { runtime } from '../runtime.ts';
import { TypedEventTarget } from '../signal/typed-event-target.ts';
import { checkKeys, checkMilliseconds, checkWholeNumber, show } from './check-options.ts';
import { addOpenPool, removeOpenPool } from './open-pools.ts';
import { PoolEngine } from './pool-engine.ts';
import type { PoolEventMap } from './pool-events.ts';
import { type PoolOptions, type ResolvedPoolOptions, resolvePoolOptions } from './pool-options.ts';
import type { PoolStats } from './pool-stats.ts';
import type { RunOptions } from './run-options.ts';
import type { ShutdownReport } from './shutdown-report.ts';
import { taskFunctions } from './task-functions.ts';
import { type MapOptions, TaskMap } from './task-map.ts';
import type { TaskArguments, TaskName, TaskResult, Tasks } from './task-types.ts';

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
  readonly #engine: PoolEngine;

  /** Use {@linkcode createPool}. */
  constructor(module: URL | string, options?: PoolOptions) {
    super();
    if (!(module instanceof URL) && typeof module !== 'string') {
      throw new TypeError(`A pool takes its module as a URL or a path, got ${show(module)}`);
    }
    this.#options = resolvePoolOptions(options);
    this.#engine = new PoolEngine(runtime().resolveModule(module), this.#options, {
      tell: (event) => void this.dispatchEvent(event),
      ended: () => removeOpenPool(this),
    });
    this.tasks = taskFunctions<M>(
      () => this.#engine.taskNames,
      (name, args) => this.#engine.run(name, args, undefined),
    );
    addOpenPool(this);
    this.#engine.start();
  }

  /** What it is called in messages and reports. */
  get name(): string {
    return this.#options.name;
  }

  /** @internal The indices of the threads that it has. */
  threadIndices(): number[] {
    return this.#engine.threadIndices;
  }

  /** Resolves when the minimum of threads has loaded the module; rejects if the module cannot be loaded. */
  ready(): Promise<void> {
    return this.#engine.ready();
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
    return this.#engine.run(name, args, options) as Promise<TaskResult<M, K>>;
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
      this.#engine.run(name, [item], { signal: itemSignal }) as Promise<TaskResult<M, K>>;
    return new TaskMap(items, run, concurrency, ordered, signal).results();
  }

  /** Takes no more work, finishes what was taken, lets the threads leave. After `timeout` ms: as `destroy`. */
  close(options: { readonly timeout?: number } = {}): Promise<ShutdownReport> {
    checkKeys('close options', options, ['timeout']);
    if (options.timeout !== undefined) checkMilliseconds('timeout', options.timeout);
    return this.#engine.close(options.timeout);
  }

  /** Cancels every task and ends every thread now. */
  destroy(): Promise<ShutdownReport> {
    return this.#engine.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What the pool is doing. */
  stats(): PoolStats {
    return this.#engine.stats();
  }

  /** @internal */
  protected override onListen(type: string): void {
    if (type === 'drain') this.#engine.tellsDrain = true;
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

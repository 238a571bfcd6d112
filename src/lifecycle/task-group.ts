/**
 * Structured concurrency: tasks that belong together, none of which outlives the group unreported. The rules are those
 * of Go's errgroup (https://pkg.go.dev/golang.org/x/sync/errgroup), Java's StructuredTaskScope
 * (https://openjdk.org/jeps/505) and tokio's TaskTracker (https://docs.rs/tokio-util/latest/tokio_util/task).
 */
import { DeadlockError, LifecycleError, TaskCancelledError } from '../errors.ts';
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import { checkWaitOptions, describe, timeoutError, type WaitOptions } from '../signal/wait-options.ts';
import { Wait } from '../signal/wait.ts';
import { waitInLoop } from '../signal/waiting.ts';
import { addBusyGroup, removeBusyGroup } from './busy-groups.ts';
import { GroupTask } from './group-task.ts';
import { checkTaskGroupOptions, type TaskGroupOptions } from './task-group-options.ts';
import { describeHung, type TaskGroupReport } from './task-group-report.ts';

export type { TaskGroupOptions } from './task-group-options.ts';

/** How long `shutdown` waits for tasks that do not stop, unless told. */
const PATIENCE_MS = 5000;

/**
 * Tasks that start and end together.
 *
 * A task is a function that is given a signal; it should end once that fires. The group keeps nothing of a task that
 * has ended but the error of one that failed. Dispose it (`await using`) or `join` it: either tells of failures.
 *
 * @example
 * ```ts
 * const group = new TaskGroup({ name: 'crawl' });
 * for (const url of urls) void group.spawn(url, (signal) => download(url, { signal }));
 * await group.join();                                   // the first error, after all others have stopped
 *
 * const { hung } = await group.shutdown({ timeout: 200 });
 * for (const { name, runningFor } of hung) console.warn(`${name} does not stop, after ${runningFor} ms`);
 * ```
 */
export class TaskGroup implements AsyncDisposable {
  readonly name: string;
  readonly #collects: boolean;
  readonly #tasks = new Set<GroupTask>();
  readonly #controller = new AbortController();
  readonly #errors: unknown[] = [];
  /** Called after each task that has ended. */
  readonly #watchers = new Set<() => void>();
  #completed = 0;
  #cancelled = 0;
  #isClosed = false;
  #isReported = false;
  #deadline: Deadline | undefined;
  #unlink: (() => void) | undefined;

  /** @throws {TypeError | RangeError} naming the option, what it got and what it takes. */
  constructor(options: TaskGroupOptions = {}) {
    checkTaskGroupOptions(options);
    const { name = 'tasks', timeout = Infinity, signal, onFailure = 'cancel' } = options;
    this.name = name;
    this.#collects = onFailure === 'collect';
    if (timeout !== Infinity) {
      const time = deadlines();
      this.#deadline = time.add(time.now() + timeout, () => this.cancel(timeoutError(`Task group '${name}'`, timeout)));
    }
    if (signal !== undefined) this.#link(signal);
  }

  /** Fires when the group is cancelled. Each task has a signal of its own that fires with it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** How many tasks run. */
  get size(): number {
    return this.#tasks.size;
  }

  /** What the tasks that failed threw, in order. */
  get errors(): readonly unknown[] {
    return this.#errors;
  }

  /**
   * Starts a task. Tasks of the group may do so, too.
   *
   * @param name - what it is called in reports; any number of tasks may share one
   * @param fn - called at once; it should end soon after its signal has fired
   * @returns what `fn` returns or throws. It may be ignored: a failure is told by `join` and by `shutdown`
   * @throws {LifecycleError} if the group is closed; the reason for which the group was cancelled, if it was.
   */
  spawn<T>(name: string, fn: (signal: AbortSignal) => T | PromiseLike<T>): Promise<T> {
    if (typeof name !== 'string') throw new TypeError(`Expected 'name' to be a string, got ${describe(name)}`);
    if (typeof fn !== 'function') throw new TypeError(`Expected 'fn' to be a function, got ${describe(fn)}`);
    if (this.#isClosed) {
      throw new LifecycleError(`Cannot start '${name}': task group '${this.name}' is closed; make another one`);
    }
    this.signal.throwIfAborted();
    const task = new GroupTask(this, name);
    this.#tasks.add(task);
    addBusyGroup(this);
    const outcome = task.run(fn).then(
      (value) => {
        this.#completed++;
        this.#ended(task);
        return value;
      },
      (error: unknown) => {
        if (task.wasCancelledBy(error)) this.#cancelled++;
        else this.#fail(task, error);
        this.#ended(task);
        throw error;
      },
    );
    // The group reports it.
    outcome.catch(() => {});
    return outcome;
  }

  /** Tells every task to stop, and starts no more. Only the first reason counts. */
  cancel(reason: unknown = new TaskCancelledError(`Task group '${this.name}' was cancelled`)): void {
    if (this.signal.aborted) return;
    this.#release();
    this.#controller.abort(reason);
    for (const task of [...this.#tasks]) task.cancel(reason);
  }

  /**
   * Waits until all tasks have ended, also those that are started meanwhile, and closes the group.
   *
   * @throws what the first task that failed threw (with `onFailure: 'collect'`, an AggregateError of all), or the
   *   reason for which tasks were cancelled; the signal's reason, or a DeadlineExceededError after `timeout`
   *   milliseconds, and then the group goes on
   * @throws {DeadlockError} in a task of the group, which would wait for itself.
   */
  async join(options: WaitOptions = {}): Promise<void> {
    const [own] = GroupTask.around(this);
    if (own !== undefined) {
      throw new DeadlockError(`Cannot join task group '${this.name}' in its task '${own.name}': it waits for itself`);
    }
    await this.#until(
      () => this.#tasks.size === 0,
      `Task group '${this.name}'`,
      options,
      () => this.#close(),
    );
    this.#isReported = true;
    this.#throwErrors();
  }

  /**
   * Cancels the tasks, waits until they have ended or `timeout` milliseconds have passed, and tells what became of
   * them. It is never late, whatever tasks do, and never rejects. A task of the group that calls it is not waited for.
   *
   * @param options - `timeout`: 5,000 ms unless told
   */
  async shutdown({ timeout = PATIENCE_MS }: { readonly timeout?: number } = {}): Promise<TaskGroupReport> {
    checkWaitOptions({ timeout });
    const startedAt = deadlines().now();
    const own = GroupTask.around(this);
    this.#close();
    this.cancel(new TaskCancelledError(`Task group '${this.name}' is shut down`));
    const othersEnded = (): boolean => this.#tasks.size === own.filter((task) => this.#tasks.has(task)).length;
    await this.#until(othersEnded, 'TaskGroup.shutdown', { timeout }, () => {}).catch(() => {});
    this.#isReported = true;
    return {
      name: this.name,
      ms: deadlines().now() - startedAt,
      completed: this.#completed,
      failed: this.#errors.length,
      cancelled: this.#cancelled,
      errors: [...this.#errors],
      hung: [...this.#tasks]
        .filter((task) => !own.includes(task))
        .map(({ name, runningFor }) => ({ name, runningFor })),
    };
  }

  /**
   * Shuts the group down.
   *
   * @throws {LifecycleError} naming tasks that did not stop within 5,000 ms; what tasks failed with, if nobody has been
   *   told yet.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const isReported = this.#isReported;
    const { hung } = await this.shutdown();
    if (hung.length > 0) {
      throw new LifecycleError(`Task group '${this.name}' has tasks that do not stop: ${describeHung(hung)}`);
    }
    if (!isReported && this.#errors.length > 0) this.#throwErrors();
  }

  /** @internal What it does, for `whatKeepsRunning`. */
  tasks(): Iterable<GroupTask> {
    return this.#tasks.values();
  }

  #link(signal: AbortSignal): void {
    const abort = (): void => this.cancel(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    this.#unlink = () => signal.removeEventListener('abort', abort);
  }

  #fail(task: GroupTask, error: unknown): void {
    this.#errors.push(error);
    if (this.#collects) return;
    const reason = `Task group '${this.name}' was cancelled: its task '${task.name}' failed`;
    this.cancel(new TaskCancelledError(reason, { cause: error }));
  }

  #ended(task: GroupTask): void {
    this.#tasks.delete(task);
    if (this.#tasks.size === 0) removeBusyGroup(this);
    for (const look of [...this.#watchers]) look();
  }

  #throwErrors(): void {
    const failed = this.#errors.length;
    if (failed > 0 && !this.#collects) throw this.#errors[0];
    if (failed > 0) {
      const all = failed + this.#completed + this.#cancelled;
      throw new AggregateError(this.#errors, `${failed} of the ${all} tasks of group '${this.name}' failed`);
    }
    if (this.#cancelled > 0) throw this.signal.reason;
  }

  #close(): void {
    this.#isClosed = true;
    this.#release();
  }

  /** Nothing will cancel it any more. */
  #release(): void {
    this.#deadline?.cancel();
    this.#unlink?.();
    this.#unlink = undefined;
  }

  /** Waits until `isOver`, which is asked now and after each end of a task, and then calls `over` in that same step. */
  #until(isOver: () => boolean, what: string, options: WaitOptions, over: () => void): Promise<void> {
    return waitInLoop(new Wait(), what, options, over, {
      happened: isOver() ? 0 : Infinity,
      attach: (decide) => {
        const look = (): void => {
          if (isOver()) decide(0);
        };
        this.#watchers.add(look);
        return () => this.#watchers.delete(look);
      },
    });
  }
}

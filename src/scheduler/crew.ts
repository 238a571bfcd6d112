/**
 * The threads of a pool: starts them, replaces those that die, ends those that are not needed.
 *
 * A thread that dies once it is ready is replaced at once. One that dies while it loads its module is tried again a few
 * times, or the pool fails (load-failures.ts).
 *
 * A thread's index, doorbell and rings are given to another only after proof that it has stopped. Until it comes they
 * stay out of use, and so does the memory that the thread might write to.
 */
import { type ModuleLoadError, PoolClosedError } from '../errors.ts';
import type { Deadline, Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { Doorbell, ringAll } from '../signal/doorbell.ts';
import { recoverFromCrash } from './crash-recovery.ts';
import type { Dispatcher } from './dispatcher.ts';
import { IdleRetirement } from './idle-retirement.ts';
import { IdleThreads, NO_THREAD } from './idle-threads.ts';
import { DOORBELL, type Region, STOP_WHEN_DONE } from './layout.ts';
import { LoadFailures } from './load-failures.ts';
import type { Message } from './message-lane.ts';
import type { ResolvedPoolOptions } from './pool-options.ts';
import type { PoolThread, ThreadEnd } from './pool-thread.ts';
import { type Delivery, headOf, type ToThread } from './protocol.ts';
import type { TaskLedger } from './task-ledger.ts';
import type { ThreadCrew } from './thread-crew.ts';
import { ThreadLaunch } from './thread-launch.ts';
import { ThreadMessages } from './thread-messages.ts';
import { ThreadTermination } from './thread-termination.ts';

/** What the crew tells its pool. */
export interface CrewEvents {
  started(thread: PoolThread): void;
  exited(thread: PoolThread, end: ThreadEnd, exitCode: number | undefined): void;
  message(value: unknown, thread: number, task: string): void;
  /** Something went wrong that no task's caller is told of. */
  failure(error: unknown): void;
  /** No thread can load the module, or none can be had: the pool is of no use. */
  unusable(error: ModuleLoadError | PoolClosedError): void;
  /** A thread's completions must be taken now: it is gone. */
  drain(thread: PoolThread): void;
}

export class Crew implements ThreadCrew {
  readonly #region: Region;
  readonly #options: ResolvedPoolOptions;
  readonly #ledger: TaskLedger;
  readonly #deadlines: Deadlines;
  readonly #events: CrewEvents;
  readonly #idle: IdleThreads;
  readonly #bell = Doorbell.current();
  readonly #launch: ThreadLaunch;
  readonly #termination: ThreadTermination;
  readonly #retirement: IdleRetirement;
  readonly #loadFailures: LoadFailures;
  /** Threads that run or start, and whose rings are read. */
  readonly threads: PoolThread[] = [];
  /** Threads that would not end. */
  stuck = 0;
  #stopping = false;
  #restart: Deadline | undefined;

  constructor(
    region: Region,
    options: ResolvedPoolOptions,
    module: string,
    { ledger, completion }: Pick<Dispatcher, 'ledger' | 'completion'>,
    deadlines: Deadlines,
    events: CrewEvents,
  ) {
    this.#region = region;
    this.#options = options;
    this.#ledger = ledger;
    this.#deadlines = deadlines;
    this.#events = events;
    this.#idle = new IdleThreads(region);
    this.#loadFailures = new LoadFailures(module);
    const messages = new ThreadMessages(region, completion, {
      ready: (thread, tasks, others) => this.#onReady(thread, tasks, others),
      killable: (thread) => this.#termination.endNow(thread),
      exiting: (thread) => this.#termination.finish(thread),
      message: (value, thread, task) => events.message(value, thread, task),
      failure: (error) => events.failure(error),
    });
    this.#launch = new ThreadLaunch(region, options, module, {
      message: (thread, message) => messages.receive(thread, message),
      exit: (thread, code) => this.#onExit(thread, code),
    });
    this.#termination = new ThreadTermination(
      region,
      deadlines,
      (thread) => this.ring(thread),
      (thread) => this.#onGivenUp(thread),
    );
    const { threads } = this;
    const parts = { threads, ledger, idle: this.#idle, termination: this.#termination, deadlines };
    this.#retirement = new IdleRetirement(parts, options);
  }

  /** Whether the minimum of threads has loaded the module. */
  get isReady(): boolean {
    return this.readyCount >= Math.max(1, this.#options.min) || (this.#options.min === 0 && this.threads.length === 0);
  }

  get readyThreads(): readonly number[] {
    return this.threads.filter(({ state }) => state === 'ready').map(({ index }) => index);
  }

  get readyCount(): number {
    return this.threads.reduce((count, { state }) => count + (state === 'ready' ? 1 : 0), 0);
  }

  /** Starts threads up to the minimum. Throws what the platform throws when it cannot start one. */
  fill(): void {
    while (!this.#stopping && this.threads.length + this.stuck < this.#options.min) this.#start();
    this.#updateElastic();
  }

  grow(): void {
    if (this.#stopping || this.#restart !== undefined) return;
    const starting = this.threads.length - this.readyCount;
    const wanted = this.#ledger.queued - this.#idle.searchingCount - this.#idle.parkedCount - starting;
    if (wanted > 0 && this.threads.length + this.stuck < this.#options.max) this.#reporting(() => this.#start());
    this.#updateElastic();
  }

  /**
   * A thread that cannot be started when nobody asks for one: the pool's listeners are told, and it goes on without.
   */
  #reporting(start: () => void): void {
    try {
      start();
    } catch (error) {
      this.#events.failure(error);
      if (this.threads.length > 0) return;
      this.#halt();
      this.#events.unusable(
        new PoolClosedError('Cannot run a task: no thread can be started for it', { cause: error }),
      );
    }
  }

  ring(thread: number): void {
    this.#bell.ring(this.#region.i32[this.#region.control(thread) + DOORBELL] as number);
  }

  kill(index: number, why: string): void {
    const thread = this.threads.find((candidate) => candidate.index === index);
    if (thread !== undefined) this.#termination.end(thread, why);
  }

  get onlyThread(): number {
    if (this.#options.max > 1) return NO_THREAD;
    const [thread] = this.threads;
    return thread?.state === 'ready' ? thread.index : NO_THREAD;
  }

  postArguments(index: number, slot: number, message: Message, delivery: Delivery): void {
    const thread = this.threads.find((candidate) => candidate.index === index);
    const post: ToThread = [headOf(slot, message.form, delivery), message.value];
    thread?.thread.postMessage(post, message.transfer);
  }

  /** The pool has nothing to do. */
  watchIdle(): void {
    this.#retirement.watch();
  }

  /** Asks every thread to leave once its tasks are over. No thread is started any more. */
  stop(): void {
    this.#halt();
    for (const thread of this.threads) {
      if (thread.state === 'starting') this.#termination.end(thread, 'its pool was closed');
      else this.#termination.tell(thread, STOP_WHEN_DONE);
    }
  }

  /** Ends every thread now. */
  endAll(why: string): void {
    this.#halt();
    for (const thread of this.threads) this.#termination.end(thread, why);
  }

  #halt(): void {
    this.#stopping = true;
    this.#restart?.cancel();
    this.#retirement.stop();
    this.#ledger.elastic = false;
  }

  #start(): void {
    this.threads.push(this.#launch.launch());
  }

  #onReady(thread: PoolThread, tasks: readonly string[], others: Readonly<Record<string, string>>): void {
    this.#loadFailures.forget();
    if (thread.state === 'starting') thread.state = 'ready';
    if (this.#ledger.names.length === 0) {
      this.#ledger.names = tasks;
      this.#ledger.others = others;
    }
    this.#events.started(thread);
    // A task that came while this thread was expected may find it busy with another one.
    if (this.#ledger.queued > 0) this.grow();
  }

  #onExit(thread: PoolThread, code: number): void {
    if (thread.givenUp) return this.#onLateExit(thread);
    this.#events.drain(thread);
    this.#forget(thread, true);
    const why = thread.reason ?? thread.causeInWords;
    const exitCode = thread.exitCode ?? code;
    recoverFromCrash(this.#ledger, thread.index, exitCode, why, thread.cause);
    this.#events.exited(thread, thread.terminated ? 'terminated' : 'exited', exitCode);
    if (this.#stopping) return;
    if (thread.state === 'starting' && !thread.terminated) this.#onLoadFailure(thread, exitCode);
    else this.#replace();
  }

  /** Gives back what the thread had. */
  #forget(thread: PoolThread, stopped: boolean): void {
    this.#termination.ended(thread);
    this.threads.splice(this.threads.indexOf(thread), 1);
    this.#idle.forget(thread.index);
    if (stopped) this.#launch.giveBack(thread);
    else this.stuck++;
    ringAll(this.#region.arena);
  }

  /** A thread that was given up for stuck has ended after all. */
  #onLateExit(thread: PoolThread): void {
    this.stuck--;
    this.#launch.giveBack(thread);
    ringAll(this.#region.arena);
    if (!this.#stopping) this.#replace();
  }

  #onLoadFailure(thread: PoolThread, code: number): void {
    const next = this.#loadFailures.count(thread, code);
    if (typeof next !== 'number') {
      this.#halt();
      return this.#events.unusable(next);
    }
    this.#restart = this.#deadlines.add(runtime().now() + next, () => {
      this.#restart = undefined;
      this.#replace();
    });
  }

  #replace(): void {
    this.#reporting(() => this.fill());
    if (this.#ledger.queued > 0) this.grow();
    if (this.threads.length > 0 || this.stuck < this.#options.max) return;
    this.#halt();
    this.#events.unusable(
      new PoolClosedError(`Cannot run a task: all ${this.stuck} threads of the pool are stuck and cannot be ended`),
    );
  }

  /** There is no sign that the thread is gone: its tasks' callers must not wait for it any longer. */
  #onGivenUp(thread: PoolThread): void {
    this.#forget(thread, false);
    recoverFromCrash(this.#ledger, thread.index, undefined, thread.reason ?? 'it did not end', thread.cause);
    this.#events.exited(thread, 'stuck', undefined);
    if (!this.#stopping) this.#replace();
  }

  #updateElastic(): void {
    this.#ledger.elastic = !this.#stopping && this.threads.length + this.stuck < this.#options.max;
  }
}

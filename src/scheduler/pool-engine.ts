/**
 * What a pool is made of, and how its parts hear of each other:
 *
 *     run ──> TaskSubmission ──> Admission? ──> Dispatcher ──> threads ──> CompletionPump ──> callers
 *                                    ^              ^             ^              │
 *                                    └── there is room again ─────┴── grow ──────┘ settled
 *
 * The Crew has the threads, the Shutdown ends all of it.
 */
import { type ModuleLoadError, PoolClosedError } from '../errors.ts';
import { defaultArena } from '../memory/arena.ts';
import { now } from '../pacing/clock.ts';
import { runtimeDeadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { Doorbell } from '../signal/doorbell.ts';
import { Admission } from './admission.ts';
import { CompletionPump, type Pumped } from './completion-pump.ts';
import { type CompletionReader, slotOfLabel, WANTS_MESSAGE } from './completion-ring.ts';
import { Crew } from './crew.ts';
import { Dispatcher } from './dispatcher.ts';
import { IdleThreads } from './idle-threads.ts';
import { Region, regionBytes } from './layout.ts';
import { PoolErrorEvent, PoolMessageEvent, ThreadExitEvent, ThreadStartEvent } from './pool-events.ts';
import type { ResolvedPoolOptions } from './pool-options.ts';
import { PoolReadiness } from './pool-readiness.ts';
import { type PoolStats, poolStats } from './pool-stats.ts';
import type { RunOptions } from './run-options.ts';
import { Shutdown } from './shutdown.ts';
import type { ShutdownReport } from './shutdown-report.ts';
import type { TaskLedger } from './task-ledger.ts';
import { TaskSubmission } from './task-submission.ts';

/** The kind of the arena block that holds a pool's region. */
const REGION_BLOCK = 0x52455601;
/** Tasks that can be out at the same time; more wait on the pool's own heap. */
const SLOTS = 1024;

/** Who is told what becomes of a pool. */
export interface PoolListener {
  /** An event for those who listen to the pool. */
  tell(event: Event): void;
  /** Nothing of it is left. */
  ended(): void;
}

export class PoolEngine {
  /** Whether anybody wants to hear `drain`, which would be told after every single task of some programs. */
  tellsDrain = false;
  readonly #options: ResolvedPoolOptions;
  readonly #listener: PoolListener;
  readonly #region: Region;
  readonly #idle: IdleThreads;
  readonly #deadlines = runtimeDeadlines();
  readonly #dispatcher: Dispatcher;
  readonly #ledger: TaskLedger;
  readonly #crew: Crew;
  readonly #pump: CompletionPump;
  readonly #admission: Admission | undefined;
  readonly #submission: TaskSubmission;
  readonly #startedAt = runtime().now();
  readonly #readiness = new PoolReadiness();
  #refusal: (() => Error) | undefined;
  #shutdown: Shutdown | undefined;
  #busy = false;

  /** @param module - the module's URL */
  constructor(module: string, options: ResolvedPoolOptions, listener: PoolListener) {
    const arena = defaultArena();
    const base = arena.allocate(regionBytes(SLOTS, options.max), REGION_BLOCK, false);
    this.#options = options;
    this.#listener = listener;
    this.#region = new Region(arena, { base, slots: SLOTS, threads: options.max });
    this.#region.clear();
    this.#idle = new IdleThreads(this.#region);
    this.#dispatcher = new Dispatcher(this.#region, this.#deadlines, options.concurrency);
    this.#ledger = this.#dispatcher.ledger;
    this.#crew = this.#makeCrew(module);
    this.#ledger.crew = this.#crew;
    this.#pump = new CompletionPump(this.#makePumped(), Doorbell.current(), options.spinMs);
    this.#admission =
      options.queueLimit === Infinity
        ? undefined
        : new Admission(options.queueLimit, options.overflow, this.#dispatcher, this.#idle, this.#deadlines);
    this.#ledger.onRoom = () => this.#pump.schedule();
    this.#submission = new TaskSubmission(this.#dispatcher, this.#admission, options.timeout);
  }

  /** Starts the threads. Throws what the platform throws when it cannot. */
  start(): void {
    try {
      this.#crew.fill();
    } catch (error) {
      // What was started goes again; nobody has seen the pool.
      void this.destroy();
      throw error;
    }
  }

  /** The names of the module's tasks, once known. */
  get taskNames(): readonly string[] {
    return this.#ledger.names;
  }

  /** The indices of the threads that it has. */
  get threadIndices(): number[] {
    return this.#crew.threads.map(({ index }) => index);
  }

  ready(): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal());
    if (this.#readiness.wasReached || this.#crew.isReady) return Promise.resolve();
    return this.#readiness.wait();
  }

  /** Whatever is wrong shows as a rejection. */
  run(name: string, args: readonly unknown[], options: RunOptions | undefined): Promise<unknown> {
    try {
      if (this.#refusal !== undefined) return Promise.reject(this.#refusal());
      const result = this.#submission.submit(name, args, options);
      this.#pump.expect();
      return result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Finishes what was taken; after `timeout` milliseconds as `destroy`. */
  close(timeout: number | undefined): Promise<ShutdownReport> {
    if (this.#shutdown !== undefined) return this.#shutdown.done;
    const shutdown = this.#beginShutdown('closed');
    shutdown.close(timeout);
    return shutdown.done;
  }

  destroy(): Promise<ShutdownReport> {
    const shutdown = this.#shutdown ?? this.#beginShutdown('destroyed');
    this.#admission?.refuseAll(() => this.#closedError('destroyed'));
    shutdown.force('its pool was destroyed');
    return shutdown.done;
  }

  stats(): PoolStats {
    const age = runtime().now() - this.#startedAt;
    return poolStats(this.#ledger, this.#crew, this.#idle, this.#admission?.held ?? 0, age);
  }

  #makeCrew(module: string): Crew {
    return new Crew(this.#region, this.#options, module, this.#dispatcher, this.#deadlines, {
      started: (thread) => {
        this.#submission.learnNames();
        this.#listener.tell(
          new ThreadStartEvent(thread.index, now() - thread.startedAt, thread.thread.stdout, thread.thread.stderr),
        );
        if (this.#crew.isReady) this.#readiness.reach();
        this.#crew.watchIdle();
      },
      exited: (thread, end, exitCode) => {
        this.#listener.tell(new ThreadExitEvent(thread.index, end, exitCode, thread.cause));
        this.#pump.schedule();
        this.#shutdown?.threadExited(thread, end, exitCode);
      },
      message: (value, thread, task) => this.#listener.tell(new PoolMessageEvent(value, thread, task)),
      failure: (error) => this.#listener.tell(new PoolErrorEvent(error)),
      unusable: (error) => this.#becomeUnusable(error),
      drain: (thread) => {
        while (!thread.reader.isEmpty) this.#handle(thread.reader, thread.index);
        this.#afterSettling();
      },
    });
  }

  #makePumped(): Pumped {
    return {
      readers: this.#crew.threads,
      handle: (reader, thread) => this.#handle(reader, thread),
      settled: () => this.#afterSettling(),
      work: this.#ledger,
      rested: () => this.#onRest(),
    };
  }

  #handle(reader: CompletionReader, thread: number): void {
    this.#busy = true;
    const at = reader.next;
    const label = reader.shift();
    if ((label & WANTS_MESSAGE) === 0) this.#dispatcher.completion.complete(at, label);
    else this.#dispatcher.messages.sendToClaimant(slotOfLabel(label), thread);
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
    if (this.tellsDrain) this.#listener.tell(new Event('drain'));
  }

  #becomeUnusable(error: ModuleLoadError | PoolClosedError): void {
    this.#refusal ??= () => error;
    const hadListener = this.#readiness.hasWaiters || this.#ledger.inFlight > 0;
    this.#readiness.refuse(error);
    this.#admission?.refuseAll(() => error);
    this.#dispatcher.cancellation.cancelAll(() => error);
    this.#crew.endAll('its pool could not load the module');
    if (!hadListener) this.#listener.tell(new PoolErrorEvent(error));
    this.#shutdown?.advance();
  }

  #beginShutdown(how: 'closed' | 'destroyed'): Shutdown {
    this.#refusal ??= () => this.#closedError(how);
    this.#readiness.refuse(this.#closedError(how));
    this.#pump.schedule();
    this.#shutdown = new Shutdown(this.#crew, this.#dispatcher, this.#deadlines, () => this.#release());
    return this.#shutdown;
  }

  /** Gives the pool's memory back, unless a thread may still write to it. */
  #release(): number {
    this.#pump.stop();
    this.#listener.ended();
    if (this.#crew.stuck > 0) return regionBytes(SLOTS, this.#options.max);
    this.#region.arena.free(this.#region.shape.base);
    return 0;
  }

  #closedError(how: string): PoolClosedError {
    return new PoolClosedError(`Cannot run a task: pool '${this.#options.name}' was ${how}`);
  }
}

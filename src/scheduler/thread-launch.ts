/** How the threads of a pool are started, and their places given to others once they have ended. */
import { store } from '../memory/atomic.ts';
import { now } from '../pacing/clock.ts';
import { runtime, type Thread } from '../runtime.ts';
import { claimThread, Doorbell, releaseThread } from '../signal/doorbell.ts';
import { forgetThread } from '../signal/forget-thread.ts';
import { CompletionReader } from './completion-ring.ts';
import { DOORBELL, KILLABLE, type Region, RESERVATION, RUN, STOP } from './layout.ts';
import type { Posted } from './posted.ts';
import { carried } from './message-lane.ts';
import type { ResolvedPoolOptions } from './pool-options.ts';
import { PoolThread } from './pool-thread.ts';
import type { FromThread, ThreadSetup } from './protocol.ts';
import { SentAhead } from './sent-ahead.ts';

/** Who hears of a thread. */
export interface ThreadListener {
  message(thread: PoolThread, message: FromThread): void;
  exit(thread: PoolThread, code: number): void;
}

export class ThreadLaunch {
  readonly #region: Region;
  readonly #options: ResolvedPoolOptions;
  readonly #module: string;
  readonly #listener: ThreadListener;
  readonly #workerData: Posted;
  readonly #poolDoorbell = Doorbell.current().thread;
  readonly #usedIndexes = new Set<number>();

  constructor(region: Region, options: ResolvedPoolOptions, module: string, listener: ThreadListener) {
    this.#region = region;
    this.#options = options;
    this.#workerData = carried(options.given.workerData);
    this.#module = module;
    this.#listener = listener;
  }

  /** Starts a thread. Throws what the platform throws when it cannot. */
  launch(): PoolThread {
    const index = this.#freeIndex();
    const doorbell = claimThread(this.#region.arena);
    this.#prepare(index, doorbell);
    const thread = new PoolThread(index, new CompletionReader(this.#region, index), doorbell, now());
    try {
      thread.thread = this.#spawn(thread);
    } catch (error) {
      releaseThread(this.#region.arena, doorbell);
      throw error;
    }
    this.#usedIndexes.add(index);
    return thread;
  }

  /** The thread has stopped: another may have its places. */
  giveBack(thread: PoolThread): void {
    this.#usedIndexes.delete(thread.index);
    forgetThread(this.#region.arena, thread.doorbell);
    releaseThread(this.#region.arena, thread.doorbell);
  }

  #freeIndex(): number {
    let index = 0;
    while (this.#usedIndexes.has(index)) index++;
    return index;
  }

  /** Makes the thread's part of the region as new. */
  #prepare(index: number, doorbell: number): void {
    const { i32 } = this.#region;
    const control = this.#region.control(index);
    store(i32, control + STOP, RUN);
    store(i32, control + KILLABLE, 0);
    store(i32, control + DOORBELL, doorbell);
    store(i32, control + RESERVATION, 0);
    new SentAhead(this.#region).reset(index);
    this.#region.clock(index).fill(0);
  }

  #spawn(thread: PoolThread): Thread {
    const { env, argv, execArgv, resourceLimits, stdio, smol } = this.#options.given;
    return runtime().spawn({
      name: `${this.#options.name}-${thread.index}`,
      setup: this.#setupOf(thread),
      workerData: this.#workerData.value,
      ...(env !== undefined && { env }),
      ...(argv !== undefined && { argv }),
      ...(execArgv !== undefined && { execArgv }),
      ...(resourceLimits !== undefined && { resourceLimits }),
      ...(stdio !== undefined && { stdio }),
      ...(smol !== undefined && { smol }),
      onMessage: (message) => this.#listener.message(thread, message as FromThread),
      onError: (error) => {
        thread.cause ??= error;
      },
      onExit: (code) => this.#listener.exit(thread, code),
    });
  }

  #setupOf({ index, doorbell, startedAt }: PoolThread): ThreadSetup {
    const { concurrency, spinMs, min, max } = this.#options;
    return {
      arena: this.#region.arena.buffer,
      region: this.#region.shape,
      index,
      doorbell,
      poolDoorbell: this.#poolDoorbell,
      startedAt,
      workerDataForm: this.#workerData.form,
      module: this.#module,
      concurrency,
      elastic: max > min,
      spinMs,
      spinners: Math.max(1, runtime().parallelism - 1),
    };
  }
}

/** What a thread does when it has nothing to do: it looks for work, spins a little while that pays, and parks. */
import { load, spinHint } from '../../memory/atomic.ts';
import { runtime } from '../../runtime.ts';
import { type Doorbell, ring } from '../../signal/doorbell.ts';
import { IdleThreads, NO_THREAD } from '../idle-threads.ts';
import { DOORBELL, type Region, RUN, STOP } from '../layout.ts';
import type { ThreadSetup } from '../protocol.ts';
import { SpinBudget } from '../spin-budget.ts';
import type { TaskQueueReader } from '../task-queue.ts';

/**
 * A thread that has caught up with the pool stands back for so long, for each task that it ran since it last was idle,
 * before it looks again. One that follows close behind takes the cache lines away that the pool is writing, task by
 * task, which slows both. After one task it looks at once.
 */
const STAND_BACK_MS = 16e-6;
const MOST_COUNTED = 1024;

export class IdleSearch {
  readonly #region: Region;
  readonly #setup: ThreadSetup;
  readonly #queue: TaskQueueReader;
  readonly #bell: Doorbell;
  readonly #isBarred: () => boolean;
  readonly #idle: IdleThreads;
  readonly #spin: SpinBudget;
  readonly #stopWord: number;
  #isIdle = false;
  #claimsBefore = 0;

  /** @param isBarred - whether a task is on its way by message that comes before those in the queue */
  constructor(region: Region, setup: ThreadSetup, queue: TaskQueueReader, bell: Doorbell, isBarred: () => boolean) {
    this.#region = region;
    this.#setup = setup;
    this.#queue = queue;
    this.#bell = bell;
    this.#isBarred = isBarred;
    this.#idle = new IdleThreads(region);
    this.#spin = new SpinBudget(setup.spinMs);
    this.#stopWord = region.control(setup.index) + STOP;
  }

  /** Whether the thread counts as idle: then it must `leave` before it claims. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  get isReserved(): boolean {
    return this.#idle.isReserved(this.#setup.index);
  }

  /** From now on the thread counts as idle, and the pool may reserve it. */
  announce(): void {
    this.#isIdle = true;
    this.#idle.search(this.#setup.index);
  }

  /** Gets busy, before it claims. False if the thread is reserved. */
  leave(): boolean {
    if (!this.#idle.leave(this.#setup.index)) return false;
    this.#isIdle = false;
    return true;
  }

  /** The task that the thread was reserved for has come. */
  leaveReserve(): void {
    this.#isIdle = false;
    this.#idle.forget(this.#setup.index);
  }

  /**
   * Spins until a task is queued or the thread is told to stop. False when that did not come, or does not pay.
   *
   * @param claims - how many tasks the thread has claimed since it began
   */
  spin(claims: number): boolean {
    const limit = this.#spin.take();
    if (limit === 0) return false;
    if (!this.#isIdle) {
      if (this.#idle.searchingCount >= this.#setup.spinners) return false;
      if (!this.#idle.search(this.#setup.index)) return false;
      this.#isIdle = true;
    }
    const start = runtime().now();
    const end = start + limit;
    this.#standBack(start, claims);
    do {
      for (let i = 0; i < 64 && !this.#looksWanted; i++) spinHint();
      if (this.#isWanted) {
        this.#spin.hit();
        return true;
      }
      // A message is only seen from the event loop.
      if (this.#isBarred()) return false;
    } while (runtime().now() < end);
    this.#spin.miss();
    return false;
  }

  #standBack(start: number, claims: number): void {
    const end = start + Math.min(claims - this.#claimsBefore, MOST_COUNTED) * STAND_BACK_MS;
    this.#claimsBefore = claims;
    while (runtime().now() < end) spinHint();
  }

  /** Parks until rung, or until a message comes. False when a task came in the meantime. */
  park(): boolean {
    // The ticket first: whoever sees that the thread is parked, and takes it, must find its doorbell's flag up.
    const ticket = this.#bell.ticket();
    if (!this.#idle.park(this.#setup.index)) return true;
    this.#isIdle = true;
    if (this.#isWanted) return false;
    this.#bell.arm(ticket);
    return true;
  }

  /** Work waits that this thread does not take: a parked thread is woken for it, or the pool may start one. */
  passOn(): void {
    const { i32 } = this.#region;
    const thread = this.#idle.takeParked();
    if (thread !== NO_THREAD) ring(i32, i32[this.#region.control(thread) + DOORBELL] as number);
    else if (this.#setup.elastic) ring(i32, this.#setup.poolDoorbell);
  }

  /**
   * A hint by plain reads: an atomic one is a read-modify-write on Bun, and takes the line from the pool that is about
   * to write to it.
   */
  get #looksWanted(): boolean {
    return this.#queue.looksFull || this.#region.i32[this.#stopWord] !== RUN;
  }

  get #isWanted(): boolean {
    return this.#queue.hasWork || load(this.#region.i32, this.#stopWord) !== RUN;
  }
}

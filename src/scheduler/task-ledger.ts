/**
 * Where every task of a pool is, and how many there are: what the parts share that submit, send, answer and cancel.
 *
 * A task is in one of three places: the backlog (no slot free yet), a slot that is queued, or a slot that a thread has
 * claimed. Its caller is answered once: by the result, an error, a cancellation, a deadline or the death of its thread,
 * whichever this thread sees first. A slot is freed when its task is over, which for a cancelled task that runs on may
 * be long after its caller was answered.
 */
import { Backlog } from './backlog.ts';
import { NO_THREAD } from './idle-threads.ts';
import { type Region, TASK, TASK_INDEX_MASK, TASK_NAMED } from './layout.ts';
import { Payload } from './payload.ts';
import { Rejection, type Settle } from './pending-promise.ts';
import { SentAhead } from './sent-ahead.ts';
import { TaskFigures } from './task-figures.ts';
import { TaskQueueWriter } from './task-queue.ts';
import { TaskSlots } from './task-slots.ts';
import type { ThreadCrew } from './thread-crew.ts';

export class TaskLedger {
  readonly region: Region;
  readonly queue: TaskQueueWriter;
  readonly slots: TaskSlots;
  readonly backlog: Backlog;
  readonly payload: Payload;
  readonly ahead: SentAhead;
  readonly figures: TaskFigures = new TaskFigures();
  crew!: ThreadCrew;

  /** The names of the module's tasks, once known. */
  names: readonly string[] = [];
  /** What the module exports beside its tasks: the name, and what it is. */
  others: Readonly<Record<string, string>> = {};
  /** Tasks whose callers have not been answered. */
  inFlight = 0;
  /** Tasks that were queued or sent to a thread since the pool began. */
  submitted = 0;
  /** Whether threads may be added. */
  elastic = false;
  /** Called when something else than a completion may have made room in the queue. */
  onRoom: () => void = () => {};

  constructor(region: Region) {
    this.region = region;
    this.queue = new TaskQueueWriter(region);
    this.slots = new TaskSlots(region, this.queue);
    this.backlog = new Backlog(region.arena.buffer);
    this.payload = new Payload(region);
    this.ahead = new SentAhead(region);
  }

  /** Slots that hold a task, its caller answered or not. */
  get occupied(): number {
    return this.slots.occupied;
  }

  /** Whether a completion may come through the rings: what goes by message mostly comes back by message. */
  get expectsCompletion(): boolean {
    return this.slots.occupied > this.slots.posted;
  }

  /** Tasks that no thread has begun yet, at most. */
  get queued(): number {
    return this.backlog.size + this.#waitingInSlots;
  }

  /** Tasks that a thread has begun, cancelled ones that run on included. */
  get running(): number {
    return this.occupied - this.#waitingInSlots;
  }

  /** Whether a task can be put into a slot and its slot into the queue. */
  get hasRoom(): boolean {
    return this.slots.anyFree && this.queue.hasRoom;
  }

  /** The name of the task that a TASK word and its arguments stand for. */
  nameOf(task: number, args: readonly unknown[]): string {
    return (task & TASK_NAMED) !== 0 ? String(args[0]) : this.#nameOfIndex(task);
  }

  nameOfSlot(slot: number): string {
    const task = this.region.i32[this.region.slot(slot) + TASK] as number;
    return (task & TASK_NAMED) === 0 ? this.#nameOfIndex(task) : 'unknown';
  }

  /** Answers a caller with an error, and counts it. */
  reject(settle: Settle, error: unknown, figure: 'failed' | 'cancelled'): void {
    this.inFlight--;
    this.figures[figure]++;
    settle(new Rejection(error));
  }

  get #waitingInSlots(): number {
    const { onlyThread } = this.crew;
    const ahead = onlyThread === NO_THREAD ? 0 : this.ahead.waiting(onlyThread);
    return Math.min(this.queue.depth + ahead, this.occupied);
  }

  #nameOfIndex(task: number): string {
    return this.names[task & TASK_INDEX_MASK] ?? 'unknown';
  }
}

/**
 * The pool's side of every task: from the call to the answer.
 *
 * A task is in one of three places: the backlog (no slot free yet), a slot that is queued, or a slot that a thread has
 * claimed. Its caller is answered once: by the result, an error, a cancellation, a deadline or the death of its thread,
 * whichever this thread sees first. A slot is freed when its task is over, which for a cancelled task that runs on may
 * be long after its caller was answered.
 */
import { fromErrorRecord } from '../channel/codec/error-record.ts';
import { DeadlineExceededError, TaskCancelledError, ThreadCrashedError } from '../errors.ts';
import { store } from '../memory/atomic.ts';
import type { Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { Backlog, type BacklogTask } from './backlog.ts';
import { IdleThreads, NO_THREAD } from './idle-threads.ts';
import {
  ARGS,
  ARGS_BLOCK,
  ARGS_SIZE,
  CANCEL,
  CARRIER_INLINE,
  CARRIER_MESSAGE,
  CARRIER_NUMBER,
  DEADLINE,
  FAILED,
  NUMBER,
  type Region,
  RESULT,
  RESULT_BLOCK,
  RESULT_SIZE,
  STAMP,
  TASK,
  TASK_INDEX_MASK,
  TASK_NAMED,
  TASK_SAMPLED,
  TASK_SPREAD,
} from './layout.ts';
import { bytesMessage, type Form, type Message, outgoingMessage, privateMessage } from './message-lane.ts';
import { exceedsBlock, Payload } from './payload.ts';
import { lastSettle, pendingPromise, Rejection, type Settle } from './pending-promise.ts';
import { AHEAD, CLAIMED, type Delivery, RESERVED } from './protocol.ts';
import { NO_SLOT, RunControl } from './run-control.ts';
import type { RunOptions } from './run-options.ts';
import { SentAhead } from './sent-ahead.ts';
import { TaskFigures } from './task-figures.ts';
import { NONE, TaskQueueWriter } from './task-queue.ts';
import { TaskSlots } from './task-slots.ts';

/** One task in this many is timed for the statistics. */
const SAMPLE_MASK = 31;
/** So many tasks whose arguments are moved are with the only thread of a pool at most, before it has begun them. */
const MOST_AHEAD = 256;
/** So many others are with it, beside those that it can run at the same time: enough that both copy all the time. */
const MOST_NEXT = 4;

/** What the dispatcher needs of the threads. */
export interface Crew {
  /** Threads that have loaded the module and are not told to stop. */
  readonly readyThreads: readonly number[];
  /** The only thread that the pool may have, while it is ready; otherwise NO_THREAD. */
  readonly onlyThread: number;
  /** Rings the doorbell of a pool thread. */
  ring(thread: number): void;
  /** Work waits and no thread is free: starts another if it may. */
  grow(): void;
  /** Ends a thread that does not let go of a task. */
  kill(thread: number, why: string): void;
  /** Posts a task's arguments to a thread. */
  postArguments(thread: number, slot: number, message: Message, delivery: Delivery): void;
}

export class Dispatcher {
  readonly #region: Region;
  readonly #queue: TaskQueueWriter;
  readonly #payload: Payload;
  readonly #idle: IdleThreads;
  readonly #deadlines: Deadlines;
  readonly #backlog: Backlog;
  readonly #ahead: SentAhead;
  readonly #concurrency: number;
  readonly #slots: TaskSlots;
  #crew!: Crew;
  #submitted = 0;

  /** The names of the module's tasks, once known. */
  names: readonly string[] = [];
  /** What the module exports beside its tasks: the name, and what it is. */
  others: Readonly<Record<string, string>> = {};
  /** Tasks whose callers have not been answered. */
  inFlight = 0;
  readonly figures: TaskFigures = new TaskFigures();
  /** Whether threads may be added. */
  elastic = false;
  /** Called when something else than a completion may have made room in the queue. */
  onRoom: () => void = () => {};

  /** @param concurrency - how many tasks a thread runs at the same time */
  constructor(region: Region, deadlines: Deadlines, concurrency: number) {
    this.#region = region;
    this.#concurrency = concurrency;
    this.#ahead = new SentAhead(region);
    this.#queue = new TaskQueueWriter(region);
    this.#slots = new TaskSlots(region, this.#queue);
    this.#payload = new Payload(region);
    this.#backlog = new Backlog(region.arena.buffer);
    this.#idle = new IdleThreads(region);
    this.#deadlines = deadlines;
  }

  attach(crew: Crew): void {
    this.#crew = crew;
  }

  /** Tasks that were put into the queue since the pool began. */
  get submitted(): number {
    return this.#submitted;
  }

  /** Slots that hold a task, its caller answered or not. */
  get occupied(): number {
    return this.#slots.occupied;
  }

  /** Whether a completion may come through the rings: what goes by message mostly comes back by message. */
  get expectsCompletion(): boolean {
    return this.#slots.occupied > this.#slots.posted;
  }

  /** Tasks that no thread has begun yet, at most. */
  get queued(): number {
    return this.#backlog.size + this.#waitingInSlots;
  }

  /** Tasks that a thread has begun, cancelled ones that run on included. */
  get running(): number {
    return this.occupied - this.#waitingInSlots;
  }

  get #waitingInSlots(): number {
    const { onlyThread } = this.#crew;
    const ahead = onlyThread === NO_THREAD ? 0 : this.#ahead.waiting(onlyThread);
    return Math.min(this.#queue.depth + ahead, this.occupied);
  }

  /** Submits a plain task: no options. The hot path. */
  submit(task: number, args: readonly unknown[]): Promise<unknown> {
    if (this.#backlog.size !== 0 || !this.#hasRoom) return this.#enqueue(task, args, undefined);
    const slot = this.#slots.take();
    const at = this.#region.slot(slot);
    const { i32 } = this.#region;
    const single = args.length === 1;
    let carrier: number;
    try {
      carrier = this.#payload.write(at, single ? args[0] : args, ARGS_SIZE, ARGS_BLOCK, !single);
    } catch (error) {
      this.#slots.free(slot);
      throw error;
    }
    if (carrier === CARRIER_MESSAGE) {
      this.#slots.free(slot);
      return this.#submitMessage(task, args, new RunControl(this.#nameOf(task, args), {}));
    }
    const promise = pendingPromise();
    this.#slots.settles[slot] = lastSettle();
    i32[at + TASK] = single ? task : task | TASK_SPREAD;
    i32[at + ARGS] = carrier;
    i32[at + CANCEL] = 0;
    this.#region.f64[(at >> 1) + DEADLINE] = 0;
    this.#publish(slot, at);
    this.inFlight++;
    return promise;
  }

  /** Submits a task with options. They have been checked. */
  submitWith(task: number, args: readonly unknown[], options: RunOptions): Promise<unknown> {
    const { signal, transfer } = options;
    const control = new RunControl(this.#nameOf(task, args), options);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (transfer !== undefined && transfer.length > 0) return this.#submitMessage(task, args, control);
    return this.#enqueue(task, args, control);
  }

  /** Answers the caller with `error` and stops the task: removes it if it is queued, tells it if it runs. */
  cancel(control: RunControl, error: unknown): void {
    const { settle, slot, place } = control;
    if (settle === undefined) return;
    control.answered();
    this.inFlight--;
    this.figures.cancelled++;
    if (place !== undefined) this.#backlog.remove(place);
    else if (this.#queue.withdraw(slot)) this.#slots.free(slot);
    else this.#tellRunning(slot, control);
    settle(new Rejection(error));
    this.onRoom();
  }

  /** Answers every caller with what `makeError` returns, and stops every task. */
  cancelAll(makeError: () => unknown): void {
    for (let task = this.#backlog.shift(); task !== undefined; task = this.#backlog.shift()) {
      task.control?.answered();
      this.#answerCancelled(task.settle, makeError());
    }
    for (let slot = 0; slot < this.#slots.settles.length; slot++) {
      const settle = this.#slots.settles[slot];
      if (settle === undefined) continue;
      const control = this.#slots.controls[slot];
      control?.answered();
      this.#slots.settles[slot] = undefined;
      if (this.#queue.withdraw(slot)) this.#slots.free(slot);
      else this.#tellRunning(slot, control);
      this.#answerCancelled(settle, makeError());
    }
  }

  /** A thread says that a slot is done, and has left the result in it. */
  complete(slot: number): void {
    const at = this.#region.slot(slot);
    const result = this.#region.i32[at + RESULT] as number;
    const value = this.#payload.read(at, result & ~FAILED, RESULT_SIZE, RESULT_BLOCK);
    this.#answer(slot, at, value, (result & FAILED) !== 0);
  }

  /** A slot is done, and its result came by message. */
  arrive(slot: number, form: Form, value: unknown): void {
    const at = this.#region.slot(slot);
    const failed = ((this.#region.i32[at + RESULT] as number) & FAILED) !== 0;
    this.#answer(slot, at, this.#payload.receive(form, value), failed);
    this.onRoom();
  }

  /** A thread has claimed a slot whose arguments travel by message. */
  sendArguments(slot: number, thread: number): void {
    this.#post(slot, thread, CLAIMED);
  }

  /** Moves tasks from the backlog into slots that have come free. */
  refill(): void {
    while (this.#backlog.size !== 0 && this.#hasRoom && !this.#holdsBack) {
      const task = this.#backlog.shift();
      if (task !== undefined) this.#place(task);
    }
  }

  /**
   * A thread has ended: what it had claimed is run again where that was asked for, and fails otherwise. Its completions
   * must have been taken before.
   */
  crash(thread: number, exitCode: number | undefined, why: string, cause: unknown): void {
    for (const slot of this.#slots.claimedBy(thread)) {
      const control = this.#slots.controls[slot];
      const settle = this.#slots.settles[slot];
      const name = control?.name ?? this.#nameOfSlot(slot);
      this.figures.crashed++;
      if (settle !== undefined && control !== undefined && control.retriesLeft > 0 && this.#runAgain(slot, control))
        continue;
      this.#slots.free(slot);
      if (settle === undefined) continue;
      control?.answered();
      this.inFlight--;
      this.figures.failed++;
      settle(new Rejection(new ThreadCrashedError({ task: name, threadIndex: thread, exitCode }, why, { cause })));
    }
    this.onRoom();
  }

  /**
   * What the only thread is sent ahead cannot be run elsewhere if it dies: it gets no more of that than it needs to be
   * kept busy. It has more than it can run at the same time, so a task must end, which is heard of, before it needs
   * more.
   */
  get #holdsBack(): boolean {
    return (
      this.#backlog.isMessageNext &&
      this.#slots.occupied >= this.#concurrency + MOST_NEXT &&
      this.#crew.onlyThread !== NO_THREAD
    );
  }

  /** Whether a task can be put into a slot and its slot into the queue. */
  get #hasRoom(): boolean {
    return this.#slots.anyFree && this.#queue.hasRoom;
  }

  #publish(slot: number, at: number): void {
    if ((this.#submitted++ & SAMPLE_MASK) === 0) {
      this.#region.i32[at + TASK] = (this.#region.i32[at + TASK] as number) | TASK_SAMPLED;
      this.#region.f64[(at >> 1) + STAMP] = runtime().now();
    }
    this.#queue.publish(slot);
    if (this.#idle.anyParked) this.#wake();
    else if (this.elastic) this.#crew.grow();
  }

  /**
   * A task by message goes straight to a thread that has nothing to do: one hop instead of three, and it starts even if
   * this thread blocks right after. False when none is free for it.
   */
  #assign(slot: number): boolean {
    if (this.#queue.depth > 0) return false;
    const thread = this.#reserveThread();
    if (thread === NO_THREAD) return false;
    this.#submitted++;
    this.#queue.assign(slot, thread);
    this.#post(slot, thread, RESERVED);
    return true;
  }

  #post(slot: number, thread: number, delivery: Delivery): void {
    const control = this.#slots.controls[slot];
    const message = control?.message;
    if (control === undefined || message === undefined) return;
    if (control.retriesLeft > 0 && message.repeatable) {
      this.#slots.notePosted(control);
      // Another run may need them: what could be moved is cloned this time.
      this.#crew.postArguments(thread, slot, { ...message, transfer: [] }, delivery);
      return;
    }
    this.#slots.notePosted(control);
    control.message = undefined;
    this.#crew.postArguments(thread, slot, message, delivery);
  }

  /** A thread that is idle, or that holds no task and so will be idle in a moment. */
  #reserveThread(): number {
    const thread = this.#idle.reserve();
    if (thread !== NO_THREAD) return thread;
    return (
      this.#crew.readyThreads.find((index) => !this.#slots.holdsAny(index) && this.#idle.reserveBusy(index)) ??
      NO_THREAD
    );
  }

  /** Wakes one thread, unless as many are on their way as there are tasks. */
  #wake(): void {
    if (this.#queue.depth <= this.#idle.searchingCount) return;
    const thread = this.#idle.takeParked();
    if (thread !== NO_THREAD) this.#crew.ring(thread);
  }

  /** The general path: through the backlog, which is empty when a slot is free. */
  #enqueue(task: number, args: readonly unknown[], control: RunControl | undefined): Promise<unknown> {
    const single = args.length === 1;
    const value = single ? args[0] : args;
    const carrier = exceedsBlock(value, !single) ? CARRIER_MESSAGE : this.#backlog.encode(value);
    if (carrier === CARRIER_MESSAGE) {
      return this.#submitMessage(task, args, control ?? new RunControl(this.#nameOf(task, args), {}));
    }
    return this.#push(single ? task : task | TASK_SPREAD, carrier, control);
  }

  #submitMessage(task: number, args: readonly unknown[], control: RunControl): Promise<unknown> {
    const single = args.length === 1;
    const value = single ? args[0] : args;
    const word = single ? task : task | TASK_SPREAD;
    const { transfer = [] } = control.options;
    if (transfer.length > 0) {
      const thread = this.#takesAhead();
      if (thread !== NO_THREAD) return this.#sendAhead(word, outgoingMessage(value, transfer), control, thread);
    }
    control.message =
      (transfer.length === 0 ? this.#payload.message(value, !single) : undefined) ?? privateMessage(value, transfer);
    this.#backlog.encode(undefined);
    return this.#push(word, CARRIER_MESSAGE, control);
  }

  /** The only thread of the pool, if it may be sent the task that is submitted now. */
  #takesAhead(): number {
    const thread = this.#threadAhead();
    if (thread === NO_THREAD || this.#backlog.size !== 0 || !this.#slots.anyFree) return NO_THREAD;
    return this.#ahead.waiting(thread) < MOST_AHEAD ? thread : NO_THREAD;
  }

  /** The only thread of the pool, if tasks may be sent to it past the queue. */
  #threadAhead(): number {
    return this.#queue.depth === 0 ? this.#crew.onlyThread : NO_THREAD;
  }

  /** Sends a task in a slot to the only thread. False if there are others, or other tasks come first. */
  #sendPlaced(slot: number): boolean {
    const thread = this.#threadAhead();
    const control = this.#slots.controls[slot];
    if (thread === NO_THREAD || control === undefined || control.retriesLeft > 0) return false;
    this.#submitted++;
    this.#queue.assign(slot, thread);
    this.#post(slot, thread, AHEAD);
    control.aheadNumber = this.#ahead.add(thread);
    return true;
  }

  /**
   * Sends a task to the only thread as it is submitted: what is moved need not be moved twice.
   *
   * @throws {DataCloneError} as the platform does, if the value cannot be posted; then nothing has happened.
   */
  #sendAhead(task: number, message: Message, control: RunControl, thread: number): Promise<unknown> {
    const { i32, f64 } = this.#region;
    const slot = this.#slots.take();
    const at = this.#region.slot(slot);
    const promise = pendingPromise();
    control.settle = lastSettle();
    control.slot = slot;
    this.#watch(control);
    i32[at + TASK] = task;
    i32[at + ARGS] = CARRIER_MESSAGE;
    i32[at + CANCEL] = 0;
    f64[(at >> 1) + DEADLINE] = control.deadline?.at ?? 0;
    this.#queue.assign(slot, thread);
    try {
      this.#crew.postArguments(thread, slot, message, AHEAD);
    } catch (error) {
      control.answered();
      this.#slots.free(slot);
      throw error;
    }
    control.aheadNumber = this.#ahead.add(thread);
    this.#slots.settles[slot] = control.settle;
    this.#slots.controls[slot] = control;
    this.#slots.notePosted(control);
    this.#submitted++;
    this.inFlight++;
    return promise;
  }

  #push(task: number, carrier: number, control: RunControl | undefined): Promise<unknown> {
    const promise = pendingPromise();
    const settle = lastSettle();
    const place = this.#backlog.push(task, carrier, settle, control);
    this.inFlight++;
    if (control !== undefined) {
      control.settle = settle;
      control.place = place;
      this.#watch(control);
    }
    this.refill();
    return promise;
  }

  /** Sets the task's deadline and listens to its signal. */
  #watch(control: RunControl): void {
    const { signal, timeout } = control.options;
    if (timeout !== undefined && timeout !== Infinity) {
      control.deadline = this.#deadlines.add(runtime().now() + timeout, () =>
        this.cancel(control, new DeadlineExceededError(`Task '${control.name}' did not end within ${timeout} ms`)),
      );
    }
    if (signal !== undefined) control.onAbort(() => this.cancel(control, signal.reason));
  }

  /** Puts a task of the backlog into a slot. */
  #place(task: BacklogTask): void {
    const slot = this.#slots.take();
    const at = this.#region.slot(slot);
    this.#slots.settles[slot] = task.settle;
    this.#region.i32[at + TASK] = task.task;
    const carrier = this.#fill(at, task);
    const control = task.control ?? (carrier === CARRIER_MESSAGE ? this.#controlFor(task) : undefined);
    if (carrier !== task.carrier && carrier === CARRIER_MESSAGE && control !== undefined) {
      control.message = bytesMessage(new Uint8Array(task.bytes));
    }
    this.#region.i32[at + CANCEL] = 0;
    this.#region.f64[(at >> 1) + DEADLINE] = control?.deadline?.at ?? 0;
    if (control !== undefined) {
      this.#slots.controls[slot] = control;
      control.place = undefined;
      control.slot = slot;
      if (control.retriesLeft > 0 && control.message === undefined) {
        const bytes = task.carrier === CARRIER_INLINE ? Uint8Array.from(task.bytes) : undefined;
        control.saved ??= { carrier: task.carrier, number: task.number, bytes };
      }
    }
    if (carrier === CARRIER_MESSAGE && (this.#sendPlaced(slot) || this.#assign(slot))) return;
    this.#publish(slot, at);
  }

  /** Writes a task's arguments into its slot and says how they travel now. */
  #fill(at: number, task: BacklogTask): number {
    let { carrier } = task;
    if (carrier === CARRIER_NUMBER) this.#region.f64[(at >> 1) + NUMBER] = task.number;
    else if (carrier === CARRIER_INLINE) carrier = this.#payload.writeBytes(at, task.bytes, ARGS_SIZE, ARGS_BLOCK);
    this.#region.i32[at + ARGS] = carrier;
    return carrier;
  }

  /** A plain task whose arguments turn out to need a message gets what keeps one. */
  #controlFor(task: BacklogTask): RunControl {
    const control = new RunControl(this.names[task.task & TASK_INDEX_MASK] ?? 'unknown', {});
    control.settle = task.settle;
    return control;
  }

  /** Queues a task once more after its thread died. False when its arguments are gone with the thread. */
  #runAgain(slot: number, control: RunControl): boolean {
    const { saved, message, settle } = control;
    if (settle === undefined || (saved === undefined && message === undefined)) return false;
    control.retriesLeft--;
    const task = (this.#region.i32[this.#region.slot(slot) + TASK] as number) & ~TASK_SAMPLED;
    this.#slots.controls[slot] = undefined;
    this.#slots.free(slot);
    const carrier = saved?.carrier ?? CARRIER_MESSAGE;
    this.#backlog.adopt(carrier, saved?.number ?? 0, saved?.bytes);
    control.slot = NO_SLOT;
    control.place = this.#backlog.push(task, carrier, settle, control);
    return true;
  }

  /**
   * The task runs on after its caller was answered: says so to the task, and sets the time after which its thread ends.
   */
  #tellRunning(slot: number, control: RunControl | undefined): void {
    this.#slots.settles[slot] = undefined;
    store(this.#region.i32, this.#region.slot(slot) + CANCEL, 1);
    const thread = this.#slots.claimant(slot);
    if (thread === NONE) return;
    this.#crew.ring(thread);
    const killAfter = control?.options.killAfter;
    if (control === undefined || killAfter === undefined) return;
    control.killDeadline = this.#deadlines.add(runtime().now() + killAfter, () => {
      // One that was sent ahead and has not begun never will: it is the thread's other task that takes its time.
      if (this.#slots.controls[slot] !== control || !this.#hasBegun(control, thread)) return;
      this.#crew.kill(
        thread,
        `it was ended because task '${control.name}' did not stop within ${killAfter} ms of its cancellation`,
      );
    });
  }

  #hasBegun(control: RunControl, thread: number): boolean {
    return control.aheadNumber === 0 || this.#ahead.hasBegun(thread, control.aheadNumber);
  }

  #answer(slot: number, at: number, value: unknown, failed: boolean): void {
    const settle = this.#slots.settles[slot];
    const control = this.#slots.controls[slot];
    if (((this.#region.i32[at + TASK] as number) & TASK_SAMPLED) !== 0) this.figures.recordTimes(this.#region, at);
    this.#slots.free(slot);
    if (settle === undefined) return;
    control?.answered();
    this.inFlight--;
    if (failed) {
      this.figures.failed++;
      settle(new Rejection(fromErrorRecord(value)));
    } else {
      this.figures.completed++;
      settle(value);
    }
  }

  #answerCancelled(settle: Settle, error: unknown): void {
    this.inFlight--;
    this.figures.cancelled++;
    settle(new Rejection(error));
  }

  #nameOf(task: number, args: readonly unknown[]): string {
    return (task & TASK_NAMED) !== 0 ? String(args[0]) : (this.names[task & TASK_INDEX_MASK] ?? 'unknown');
  }

  #nameOfSlot(slot: number): string {
    const task = this.#region.i32[this.#region.slot(slot) + TASK] as number;
    return (task & TASK_NAMED) === 0 ? (this.names[task & TASK_INDEX_MASK] ?? 'unknown') : 'unknown';
  }
}

/** The error of a task that its pool gave up. */
export function cancelledBy(what: string): TaskCancelledError {
  return new TaskCancelledError(`The task was cancelled: ${what}`);
}

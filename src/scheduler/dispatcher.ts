/**
 * The pool's side of every task: from the call to the answer.
 *
 * A task is in one of three places: the backlog (no slot free yet), a slot that is queued, or a slot that a thread has
 * claimed. Its caller is answered once: by the result, an error, a cancellation, a deadline or the death of its thread,
 * whichever this thread sees first. A slot is freed when its task is over, which for a cancelled task that runs on may be
 * long after its caller was answered.
 */
import { fromErrorRecord } from '../channel/codec/error-record.ts';
import { DeadlineExceededError, TaskCancelledError, ThreadCrashedError } from '../errors.ts';
import { store } from '../memory/atomic.ts';
import type { Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { Backlog, type BacklogTask } from './backlog.ts';
import { DurationHistogram } from './duration-histogram.ts';
import { IdleThreads, NO_THREAD } from './idle-threads.ts';
import {
  ARGS, ARGS_BLOCK, ARGS_SIZE, CANCEL, CARRIER_INLINE, CARRIER_MESSAGE, CARRIER_NUMBER, DEADLINE, FAILED, NUMBER,
  type Region, RESULT, RESULT_BLOCK, RESULT_SIZE, STAMP, TASK, TASK_INDEX_MASK, TASK_NAMED, TASK_SAMPLED, TASK_SPREAD,
} from './layout.ts';
import { type Message, privateMessage } from './message-lane.ts';
import { Payload } from './payload.ts';
import { lastSettle, pendingPromise, Rejection, type Settle } from './pending-promise.ts';
import { NO_SLOT, RunControl } from './run-control.ts';
import type { RunOptions } from './run-options.ts';
import { NONE, TaskQueueWriter } from './task-queue.ts';

/** One task in this many is timed for the statistics. */
const SAMPLE_MASK = 31;

/** What the dispatcher needs of the threads. */
export interface Crew {
  /** Rings the doorbell of a pool thread. */
  ring(thread: number): void;
  /** Work waits and no thread is free: starts another if it may. */
  grow(): void;
  /** Ends a thread that does not let go of a task. */
  kill(thread: number, why: string): void;
  /** Posts a claimed task's arguments to its thread. */
  postArguments(thread: number, slot: number, message: Message): void;
}

export class Dispatcher {
  readonly #region: Region;
  readonly #queue: TaskQueueWriter;
  readonly #payload: Payload;
  readonly #idle: IdleThreads;
  readonly #deadlines: Deadlines;
  readonly #backlog = new Backlog();
  readonly #free: Int32Array;
  #freeTop: number;
  readonly #settles: Array<Settle | undefined>;
  readonly #controls: Array<RunControl | undefined>;
  /** Results that came by message before their completion was seen, and the other way round. */
  readonly #arrived = new Map<number, { value: unknown; encoded: boolean }>();
  readonly #awaited = new Set<number>();
  #crew!: Crew;
  #submitted = 0;

  /** The names of the module's tasks, once known. */
  names: readonly string[] = [];
  /** Tasks whose callers have not been answered. */
  inFlight = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  crashed = 0;
  readonly waitTimes: DurationHistogram = new DurationHistogram();
  readonly runTimes: DurationHistogram = new DurationHistogram();
  /** Whether threads may be added. */
  elastic = false;
  /** Called when something else than a completion may have made room in the queue. */
  onRoom: () => void = () => {};

  constructor(region: Region, deadlines: Deadlines) {
    const { slots } = region.shape;
    this.#region = region;
    this.#queue = new TaskQueueWriter(region);
    this.#payload = new Payload(region);
    this.#idle = new IdleThreads(region);
    this.#deadlines = deadlines;
    this.#free = Int32Array.from({ length: slots }, (_, index) => slots - 1 - index);
    this.#freeTop = slots;
    this.#settles = new Array<Settle | undefined>(slots).fill(undefined);
    this.#controls = new Array<RunControl | undefined>(slots).fill(undefined);
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
    return this.#region.shape.slots - this.#freeTop;
  }

  /** Tasks that no thread has claimed yet, at most. */
  get queued(): number {
    return this.#backlog.size + Math.min(this.#queue.depth, this.occupied);
  }

  /** Tasks that a thread has claimed, cancelled ones that run on included. */
  get running(): number {
    return Math.max(0, this.occupied - this.#queue.depth);
  }

  /** Submits a plain task: no options. The hot path. */
  submit(task: number, args: readonly unknown[]): Promise<unknown> {
    if (this.#freeTop === 0 || this.#backlog.size !== 0 || !this.#queue.hasRoom) return this.#enqueue(task, args, undefined);
    const slot = this.#free[--this.#freeTop] as number;
    const at = this.#region.slot(slot);
    const { i32 } = this.#region;
    const single = args.length === 1;
    let carrier: number;
    try {
      carrier = this.#payload.write(at, single ? args[0] : args, ARGS_SIZE, ARGS_BLOCK);
    } catch (error) {
      this.#freeSlot(slot);
      throw error;
    }
    if (carrier === CARRIER_MESSAGE) {
      const spilled = this.#payload.spilled;
      this.#freeSlot(slot);
      return this.#submitMessage(task, args, new RunControl(this.#nameOf(task, args), {}), spilled);
    }
    const promise = pendingPromise();
    this.#settles[slot] = lastSettle();
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
    if (transfer !== undefined && transfer.length > 0) return this.#submitMessage(task, args, control, undefined);
    return this.#enqueue(task, args, control);
  }

  /** Answers the caller with `error` and stops the task: removes it if it is queued, tells it if it runs. */
  cancel(control: RunControl, error: unknown): void {
    const { settle, slot, place } = control;
    if (settle === undefined) return;
    control.answered();
    this.inFlight--;
    this.cancelled++;
    if (place !== undefined) this.#backlog.remove(place);
    else if (this.#queue.withdraw(slot)) this.#freeSlot(slot);
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
    for (let slot = 0; slot < this.#settles.length; slot++) {
      const settle = this.#settles[slot];
      if (settle === undefined) continue;
      const control = this.#controls[slot];
      control?.answered();
      this.#settles[slot] = undefined;
      if (this.#queue.withdraw(slot)) this.#freeSlot(slot);
      else this.#tellRunning(slot, control);
      this.#answerCancelled(settle, makeError());
    }
  }

  /** A thread says that a slot is done. Its result may still be on its way. */
  complete(slot: number): void {
    const at = this.#region.slot(slot);
    const result = this.#region.i32[at + RESULT] as number;
    if ((result & ~FAILED) !== CARRIER_MESSAGE) {
      this.#answer(slot, at, this.#payload.read(at, result & ~FAILED, RESULT_SIZE, RESULT_BLOCK), (result & FAILED) !== 0);
      return;
    }
    const message = this.#arrived.get(slot);
    if (message === undefined) this.#awaited.add(slot);
    else this.#answerByMessage(slot, message.value, message.encoded);
  }

  /** A result came by message. Its completion may still be in the ring. */
  arrive(slot: number, value: unknown, encoded: boolean): void {
    if (this.#awaited.has(slot)) this.#answerByMessage(slot, value, encoded);
    else this.#arrived.set(slot, { value, encoded });
  }

  /** A thread has claimed a slot whose arguments travel by message. */
  sendArguments(slot: number, thread: number): void {
    const control = this.#controls[slot];
    const message = control?.message;
    if (control === undefined || message === undefined) return;
    if (control.retriesLeft > 0 && message.repeatable) {
      // Another run may need them: what could be moved is cloned this time.
      this.#crew.postArguments(thread, slot, { ...message, transfer: [] });
      return;
    }
    control.message = undefined;
    this.#crew.postArguments(thread, slot, message);
  }

  /** Moves tasks from the backlog into slots that have come free. */
  refill(): void {
    while (this.#backlog.size !== 0 && this.#freeTop !== 0 && this.#queue.hasRoom) {
      const task = this.#backlog.shift();
      if (task !== undefined) this.#place(task);
    }
  }

  /** Whether the thread has claimed a task that is not over. */
  holdsTask(thread: number): boolean {
    return this.#claimedBy(thread).next().done !== true;
  }

  /**
   * A thread has ended: what it had claimed is run again where that was asked for, and fails otherwise. Its completions
   * must have been taken before.
   */
  crash(thread: number, exitCode: number | undefined, why: string, cause: unknown): void {
    for (const slot of this.#claimedBy(thread)) {
      const control = this.#controls[slot];
      const settle = this.#settles[slot];
      const name = control?.name ?? this.#nameOfSlot(slot);
      this.#awaited.delete(slot);
      this.#arrived.delete(slot);
      this.crashed++;
      if (settle !== undefined && control !== undefined && control.retriesLeft > 0 && this.#runAgain(slot, control)) continue;
      this.#freeSlot(slot);
      if (settle === undefined) continue;
      control?.answered();
      this.inFlight--;
      this.failed++;
      settle(new Rejection(new ThreadCrashedError({ task: name, threadIndex: thread, exitCode }, why, { cause })));
    }
    this.onRoom();
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

  /** Wakes one thread, unless as many are on their way as there are tasks. */
  #wake(): void {
    if (this.#queue.depth <= this.#idle.searchingCount) return;
    const thread = this.#idle.takeParked();
    if (thread !== NO_THREAD) this.#crew.ring(thread);
  }

  /** The general path: through the backlog, which is empty when a slot is free. */
  #enqueue(task: number, args: readonly unknown[], control: RunControl | undefined): Promise<unknown> {
    const single = args.length === 1;
    const carrier = this.#backlog.encode(single ? args[0] : args);
    if (carrier === CARRIER_MESSAGE) {
      return this.#submitMessage(task, args, control ?? new RunControl(this.#nameOf(task, args), {}), undefined);
    }
    return this.#push(single ? task : task | TASK_SPREAD, carrier, control);
  }

  #submitMessage(
    task: number, args: readonly unknown[], control: RunControl, spilled: Uint8Array | undefined,
  ): Promise<unknown> {
    const single = args.length === 1;
    control.message = privateMessage(single ? args[0] : args, control.options.transfer ?? [], spilled);
    this.#backlog.encode(undefined);
    return this.#push(single ? task : task | TASK_SPREAD, CARRIER_MESSAGE, control);
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
    const slot = this.#free[--this.#freeTop] as number;
    const at = this.#region.slot(slot);
    this.#settles[slot] = task.settle;
    this.#region.i32[at + TASK] = task.task;
    const carrier = this.#fill(at, task);
    const control = task.control ?? (carrier === CARRIER_MESSAGE ? this.#controlFor(task) : undefined);
    if (carrier !== task.carrier && carrier === CARRIER_MESSAGE && control !== undefined) {
      control.message = privateMessage(undefined, [], task.bytes);
    }
    this.#region.i32[at + CANCEL] = 0;
    this.#region.f64[(at >> 1) + DEADLINE] = control?.deadline?.at ?? 0;
    if (control !== undefined) {
      this.#controls[slot] = control;
      control.place = undefined;
      control.slot = slot;
      if (control.retriesLeft > 0 && control.message === undefined) {
        const bytes = task.carrier === CARRIER_INLINE ? Uint8Array.from(task.bytes) : undefined;
        control.saved ??= { carrier: task.carrier, number: task.number, bytes };
      }
    }
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
    this.#controls[slot] = undefined;
    this.#freeSlot(slot);
    const carrier = saved?.carrier ?? CARRIER_MESSAGE;
    this.#backlog.adopt(carrier, saved?.number ?? 0, saved?.bytes);
    control.slot = NO_SLOT;
    control.place = this.#backlog.push(task, carrier, settle, control);
    return true;
  }

  /** The task runs on after its caller was answered: says so to the task, and sets the time after which its thread ends. */
  #tellRunning(slot: number, control: RunControl | undefined): void {
    this.#settles[slot] = undefined;
    store(this.#region.i32, this.#region.slot(slot) + CANCEL, 1);
    const thread = this.#queue.claimant(slot);
    if (thread === NONE) return;
    this.#crew.ring(thread);
    const killAfter = control?.options.killAfter;
    if (control === undefined || killAfter === undefined) return;
    control.killDeadline = this.#deadlines.add(runtime().now() + killAfter, () => {
      if (this.#controls[slot] !== control) return;
      this.#crew.kill(thread, `it was ended because task '${control.name}' did not stop within ${killAfter} ms of its cancellation`);
    });
  }

  #answerByMessage(slot: number, value: unknown, encoded: boolean): void {
    this.#awaited.delete(slot);
    this.#arrived.delete(slot);
    const at = this.#region.slot(slot);
    const failed = ((this.#region.i32[at + RESULT] as number) & FAILED) !== 0;
    this.#answer(slot, at, encoded ? this.#payload.decode(value as Uint8Array) : value, failed);
  }

  #answer(slot: number, at: number, value: unknown, failed: boolean): void {
    const settle = this.#settles[slot];
    const control = this.#controls[slot];
    if (((this.#region.i32[at + TASK] as number) & TASK_SAMPLED) !== 0) this.#recordTimes(at);
    this.#freeSlot(slot);
    if (settle === undefined) return;
    control?.answered();
    this.inFlight--;
    if (failed) {
      this.failed++;
      settle(new Rejection(fromErrorRecord(value)));
    } else {
      this.completed++;
      settle(value);
    }
  }

  #answerCancelled(settle: Settle, error: unknown): void {
    this.inFlight--;
    this.cancelled++;
    settle(new Rejection(error));
  }

  /** The thread leaves how long the task waited in STAMP and how long it ran in NUMBER's neighbour, DEADLINE. */
  #recordTimes(at: number): void {
    const { f64 } = this.#region;
    this.waitTimes.record(f64[(at >> 1) + STAMP] as number);
    this.runTimes.record(f64[(at >> 1) + DEADLINE] as number);
  }

  #freeSlot(slot: number): void {
    this.#settles[slot] = undefined;
    const control = this.#controls[slot];
    if (control !== undefined) {
      control.over();
      this.#controls[slot] = undefined;
    }
    this.#freeBlocks(this.#region.slot(slot));
    this.#queue.release(slot);
    this.#free[this.#freeTop++] = slot;
  }

  #freeBlocks(at: number): void {
    const { i32, arena } = this.#region;
    const args = i32[at + ARGS_BLOCK] as number;
    const result = i32[at + RESULT_BLOCK] as number;
    if ((args | result) === 0) return;
    i32[at + ARGS_BLOCK] = 0;
    i32[at + RESULT_BLOCK] = 0;
    if (args !== 0) arena.free(args);
    if (result !== 0) arena.free(result);
  }

  *#claimedBy(thread: number): Generator<number, void, undefined> {
    for (let slot = 0; slot < this.#settles.length; slot++) {
      if (this.#queue.claimant(slot) === thread) yield slot;
    }
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

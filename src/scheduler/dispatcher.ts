/** The pool's side of tasks, from the call until a thread has them. Where tasks can be is told in task-ledger.ts. */
import type { Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import type { Backlog, BacklogTask } from './backlog.ts';
import { IdleThreads, NO_THREAD } from './idle-threads.ts';
import {
  ARGS_BLOCK,
  CARRIER_INLINE,
  CARRIER_MESSAGE,
  CARRIER_NUMBER,
  DEADLINE,
  NUMBER,
  type Region,
  STAMP,
  TASK,
  TASK_SAMPLED,
  TASK_SPREAD,
  taskWord,
} from './layout.ts';
import { MessageDispatch } from './message-dispatch.ts';
import { bytesMessage, outgoingMessage, privateMessage } from './message-lane.ts';
import { exceedsBlock, type Payload } from './payload.ts';
import { lastSettle, pendingPromise } from './pending-promise.ts';
import { RunControl } from './run-control.ts';
import type { RunOptions } from './run-options.ts';
import { TaskCancellation } from './task-cancellation.ts';
import { TaskCompletion } from './task-completion.ts';
import { TaskLedger } from './task-ledger.ts';
import type { TaskQueueWriter } from './task-queue.ts';
import type { TaskSlots } from './task-slots.ts';

/** One task in this many is timed for the statistics. */
const SAMPLE_MASK = 31;

export class Dispatcher {
  readonly ledger: TaskLedger;
  readonly messages: MessageDispatch;
  readonly cancellation: TaskCancellation;
  readonly completion: TaskCompletion;
  readonly #region: Region;
  readonly #queue: TaskQueueWriter;
  readonly #slots: TaskSlots;
  readonly #backlog: Backlog;
  readonly #payload: Payload;
  readonly #idle: IdleThreads;

  /** @param concurrency - how many tasks a thread runs at the same time */
  constructor(region: Region, deadlines: Deadlines, concurrency: number) {
    this.ledger = new TaskLedger(region);
    this.messages = new MessageDispatch(this.ledger, concurrency);
    this.cancellation = new TaskCancellation(this.ledger, deadlines);
    this.completion = new TaskCompletion(this.ledger);
    this.#region = region;
    this.#queue = this.ledger.queue;
    this.#slots = this.ledger.slots;
    this.#backlog = this.ledger.backlog;
    this.#payload = this.ledger.payload;
    this.#idle = new IdleThreads(region);
  }

  /** Submits a plain task: no options. The hot path. */
  submit(task: number, args: readonly unknown[]): Promise<unknown> {
    if (this.#backlog.size !== 0 || !this.ledger.hasRoom) return this.#enqueue(task, args, undefined);
    const slot = this.#slots.take();
    const at = this.#region.slot(slot);
    const single = args.length === 1;
    let carrier: number;
    try {
      carrier = this.#payload.write(at, slot, single ? args[0] : args, ARGS_BLOCK, !single);
    } catch (error) {
      this.#slots.noteBlocks(slot);
      this.#slots.free(slot);
      throw error;
    }
    if (carrier > CARRIER_INLINE) this.#slots.noteBlocks(slot);
    if (carrier === CARRIER_MESSAGE) {
      this.#slots.free(slot);
      const control = this.#plainControl(task, args);
      control.message = this.#payload.takeSpilled();
      return this.#submitMessage(task, args, control);
    }
    const promise = pendingPromise();
    this.#slots.settles[slot] = lastSettle();
    this.#region.i32[at + TASK] = taskWord(single ? task : task | TASK_SPREAD, carrier);
    this.#publish(slot, at);
    this.ledger.inFlight++;
    return promise;
  }

  /** Submits a task with options. They have been checked. */
  submitWith(task: number, args: readonly unknown[], options: RunOptions): Promise<unknown> {
    const { signal, transfer } = options;
    const control = new RunControl(this.ledger.nameOf(task, args), options);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (transfer !== undefined && transfer.length > 0) return this.#submitMessage(task, args, control);
    return this.#enqueue(task, args, control);
  }

  /** Moves tasks from the backlog into slots that have come free. */
  refill(): void {
    while (this.#backlog.size !== 0 && this.ledger.hasRoom && !this.messages.holdsBack) {
      const task = this.#backlog.shift();
      if (task !== undefined) this.#place(task);
    }
  }

  #publish(slot: number, at: number): void {
    if ((this.ledger.submitted++ & SAMPLE_MASK) === 0) {
      this.#region.i32[at + TASK] = (this.#region.i32[at + TASK] as number) | TASK_SAMPLED;
      this.#region.f64[(this.#region.body(slot) >> 1) + STAMP] = runtime().now();
    }
    this.#queue.publish(slot);
    if (this.#idle.anyParked) this.#wake();
    else if (this.ledger.elastic) this.ledger.crew.grow();
  }

  /** Wakes one thread, unless as many are on their way as there are tasks. */
  #wake(): void {
    if (this.#queue.depth <= this.#idle.searchingCount) return;
    const thread = this.#idle.takeParked();
    if (thread !== NO_THREAD) this.ledger.crew.ring(thread);
  }

  /** The general path: through the backlog, which is empty when a slot is free. */
  #enqueue(task: number, args: readonly unknown[], control: RunControl | undefined): Promise<unknown> {
    const single = args.length === 1;
    const value = single ? args[0] : args;
    const carrier = exceedsBlock(value, !single) ? CARRIER_MESSAGE : this.#backlog.encode(value);
    if (carrier === CARRIER_MESSAGE) return this.#submitMessage(task, args, control ?? this.#plainControl(task, args));
    return this.#push(single ? task : task | TASK_SPREAD, carrier, control);
  }

  #submitMessage(task: number, args: readonly unknown[], control: RunControl): Promise<unknown> {
    const single = args.length === 1;
    const value = single ? args[0] : args;
    const word = single ? task : task | TASK_SPREAD;
    const { transfer = [] } = control.options;
    if (transfer.length > 0) {
      const thread = this.messages.threadForMoved();
      if (thread !== NO_THREAD) return this.#submitMoved(word, value, control, thread);
    } else if (!single && exceedsBlock(value, true)) {
      control.message ??= this.#payload.listMessage(args);
    }
    control.message ??= privateMessage(value, transfer);
    this.#backlog.encode(undefined);
    return this.#push(word, CARRIER_MESSAGE, control);
  }

  #submitMoved(task: number, value: unknown, control: RunControl, thread: number): Promise<unknown> {
    const message = outgoingMessage(value, control.options.transfer ?? []);
    const slot = this.#slots.take();
    const promise = pendingPromise();
    control.settle = lastSettle();
    this.cancellation.watch(control);
    this.#describe(slot, task, CARRIER_MESSAGE, control);
    try {
      this.messages.sendMoved(slot, message, control, thread);
    } catch (error) {
      control.answered();
      this.#slots.free(slot);
      throw error;
    }
    this.#slots.settles[slot] = control.settle;
    this.ledger.inFlight++;
    return promise;
  }

  #push(task: number, carrier: number, control: RunControl | undefined): Promise<unknown> {
    const promise = pendingPromise();
    const settle = lastSettle();
    const place = this.#backlog.push(task, carrier, settle, control);
    this.ledger.inFlight++;
    if (control !== undefined) {
      control.settle = settle;
      control.place = place;
      this.cancellation.watch(control);
    }
    this.refill();
    return promise;
  }

  /** Puts a task of the backlog into a slot. */
  #place(task: BacklogTask): void {
    const slot = this.#slots.take();
    const at = this.#region.slot(slot);
    this.#slots.settles[slot] = task.settle;
    const carrier = this.#fill(slot, at, task);
    if (carrier > CARRIER_INLINE) this.#slots.noteBlocks(slot);
    const control = task.control ?? (carrier === CARRIER_MESSAGE ? this.#plainControl(task.task, []) : undefined);
    if (control !== undefined) {
      control.settle = task.settle;
      control.place = undefined;
      if (carrier === CARRIER_MESSAGE) control.message ??= bytesMessage(new Uint8Array(task.bytes));
      else if (control.retriesLeft > 0) control.saved ??= saved(task);
    }
    this.#describe(slot, task.task, carrier, control);
    if (carrier === CARRIER_MESSAGE && this.messages.send(slot)) return;
    this.#publish(slot, at);
  }

  /** Writes what a thread needs to know of a task beside its arguments. */
  #describe(slot: number, task: number, carrier: number, control: RunControl | undefined): void {
    const { i32, f64 } = this.#region;
    i32[this.#region.slot(slot) + TASK] = taskWord(task, carrier);
    if (control === undefined) return;
    if (control.deadline !== undefined) f64[(this.#region.body(slot) >> 1) + DEADLINE] = control.deadline.at;
    control.slot = slot;
    this.#slots.controls[slot] = control;
  }

  /** Writes a task's arguments into its slot and says how they travel now. */
  #fill(slot: number, at: number, task: BacklogTask): number {
    if (task.carrier === CARRIER_NUMBER) this.#region.f64[(at >> 1) + NUMBER] = task.number;
    if (task.carrier !== CARRIER_INLINE) return task.carrier;
    return this.#payload.writeBytes(at, slot, task.bytes, ARGS_BLOCK);
  }

  /** A plain task whose arguments turn out to need a message gets what keeps one. */
  #plainControl(task: number, args: readonly unknown[]): RunControl {
    return new RunControl(this.ledger.nameOf(task, args), {});
  }
}

/** A task's arguments, for another run. */
function saved({ carrier, number, bytes }: BacklogTask): NonNullable<RunControl['saved']> {
  return { carrier, number, bytes: carrier === CARRIER_INLINE ? Uint8Array.from(bytes) : undefined };
}

/**
 * What a pool thread does: claims tasks, one at a time, runs them, reports them, and parks when there are none.
 *
 *     turn ──> stopping? ──> at its limit of tasks? wait for one to end
 *      ^           │
 *      │         claim ── a task ──> run it ──> report it ──> turn (after TURN_MS through the event loop)
 *      │           │
 *      └── rung ── park <── nothing came <── spin a little, while that pays
 *
 * It always parks in its event loop, so that the timers, sockets and inspector of the user's module go on while it is
 * idle.
 */
import { load, spinHint, store } from '../../memory/atomic.ts';
import { toErrorRecord } from '../../channel/codec/error-record.ts';
import { now } from '../../pacing/clock.ts';
import { runtime, type AsyncContext, type ThreadHost } from '../../runtime.ts';
import { Doorbell, ring } from '../../signal/doorbell.ts';
import { CompletionWriter, WANTS_MESSAGE } from '../completion-ring.ts';
import { IdleThreads, NO_THREAD } from '../idle-threads.ts';
import {
  ARGS,
  ARGS_BLOCK,
  ARGS_SIZE,
  BEGUN,
  CANCEL,
  CARRIER_MESSAGE,
  CARRIER_UNDEFINED,
  DEADLINE,
  DOORBELL,
  FAILED,
  type Region,
  RESULT,
  RESULT_BLOCK,
  RESULT_SIZE,
  RUN,
  SENT,
  STAMP,
  STOP,
  TASK,
  TASK_INDEX_MASK,
  TASK_NAMED,
  TASK_SAMPLED,
  TASK_SPREAD,
} from '../layout.ts';
import { type Form, outgoingMessage } from '../message-lane.ts';
import { Payload } from '../payload.ts';
import {
  AHEAD,
  CLAIMED,
  deliveryOf,
  formOf,
  type FromThread,
  headOf,
  slotOf,
  type ThreadSetup,
  type ToThread,
} from '../protocol.ts';
import { SpinBudget } from '../spin-budget.ts';
import { NONE, TaskQueueReader } from '../task-queue.ts';
import {
  currentTask,
  describeTasksBy,
  enterTask,
  leaveTask,
  Moved,
  type RunningTask,
  trackTasksBy,
} from './current-task.ts';
import type { TaskModule } from './task-module.ts';
import { TaskRun } from './task-run.ts';

/** How long tasks may run one after another before the thread's own timers and I/O get their turn. */
const TURN_MS = 4;

/** A task that the pool has sent before this thread had room for it. */
interface SentTask {
  readonly slot: number;
  readonly form: Form;
  readonly value: unknown;
}

export class TaskLoop {
  readonly #region: Region;
  readonly #setup: ThreadSetup;
  readonly #host: ThreadHost;
  readonly #module: TaskModule;
  readonly #bell: Doorbell;
  readonly #queue: TaskQueueReader;
  readonly #completions: CompletionWriter;
  readonly #idle: IdleThreads;
  readonly #payload: Payload;
  readonly #spin: SpinBudget;
  readonly #stopWord: number;
  readonly #sentWord: number;
  readonly #begunWord: number;
  readonly #context: AsyncContext<RunningTask> | undefined;
  readonly #onStop: () => void;
  /** Tasks that have been claimed and are not over: those that await, and those whose arguments are on their way. */
  #inFlight = 0;
  readonly #awaiting = new Set<RunningTask>();
  /** Tasks that were sent ahead and are here, and how many have come. */
  readonly #sentAhead: SentTask[] = [];
  #received = 0;
  /** Whether the latest task has come by message. */
  #cameByMessage = false;
  /** The name that came with the latest task that was called by name. */
  #lastName = '';
  #turnStart = 0;
  #claims = 0;
  #isIdle = false;
  #deferred = false;
  #stopped = false;
  /** The user's code is on the stack. */
  #isCalling = false;
  /** The thread is exiting: it must not touch the region any more, which another thread may have by now. */
  #isLeaving = false;

  constructor(region: Region, setup: ThreadSetup, host: ThreadHost, module: TaskModule, onStop: () => void) {
    this.#region = region;
    this.#setup = setup;
    this.#host = host;
    this.#module = module;
    this.#onStop = onStop;
    this.#bell = Doorbell.current();
    this.#queue = new TaskQueueReader(region, setup.index);
    this.#completions = new CompletionWriter(region, setup.index);
    this.#idle = new IdleThreads(region);
    this.#payload = new Payload(region);
    this.#spin = new SpinBudget(setup.spinMs);
    this.#stopWord = region.control(setup.index) + STOP;
    this.#sentWord = region.control(setup.index) + SENT;
    this.#begunWord = region.control(setup.index) + BEGUN;
    describeTasksBy(this.#describe);
    if (setup.concurrency > 1) trackTasksBy((this.#context = runtime().asyncContext()));
  }

  /** From now on the thread counts as idle, and the pool may assign it a task. */
  announce(): void {
    this.#isIdle = true;
    this.#idle.search(this.#setup.index);
  }

  /** Starts to serve. */
  start(): void {
    this.#bell.listen(this.#onRing);
    this.#startTurn();
  }

  /** The thread's code has called `process.exit`. On Deno, that may leave it running. */
  abandon(): void {
    this.#isLeaving = true;
  }

  /** The arguments of a task have come by message. */
  receive([head, value]: ToThread): void {
    if (this.#isLeaving || this.#outlivedCall()) return;
    const slot = slotOf(head);
    const delivery = deliveryOf(head);
    const form = formOf(head);
    this.#turnStart = runtime().now();
    this.#cameByMessage = true;
    if (delivery === AHEAD) {
      this.#received = (this.#received + 1) | 0;
      this.#sentAhead.push({ slot, form, value });
    } else {
      if (delivery === CLAIMED) this.#inFlight--;
      else this.#leaveReserve();
      this.#execute(slot, this.#region.slot(slot), this.#payload.receive(form, value));
    }
    this.#turn();
  }

  #leaveReserve(): void {
    this.#isIdle = false;
    this.#idle.forget(this.#setup.index);
  }

  /** Whether a task is on its way by message, or here, that comes before those in the queue. */
  readonly #isBarred = (): boolean =>
    ((load(this.#region.i32, this.#sentWord) - this.#received) | 0) > 0 || this.#idle.isReserved(this.#setup.index);

  readonly #onRing = (): void => {
    for (const run of this.#awaiting) run.noticeCancellation();
    this.#startTurn();
  };

  readonly #startTurn = (): void => {
    if (this.#outlivedCall()) return;
    this.#deferred = false;
    this.#turnStart = runtime().now();
    this.#turn();
  };

  /**
   * A call that the runtime has ended without a result or an error: Deno does so when a thread is out of memory, and now
   * and then the thread lives on. Then it is ended here, so that its tasks are accounted for.
   */
  #outlivedCall(): boolean {
    if (!this.#isCalling || runtime().terminationIsProof) return false;
    this.#isLeaving = true;
    const error = Object.assign(new Error('The thread ran out of memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
    this.#host.postMessage({ type: 'fatal', error: toErrorRecord(error) } satisfies FromThread);
    void this.#host.leave(1);
    return true;
  }

  #turn(): void {
    const words = this.#region.i32;
    for (;;) {
      if (this.#isLeaving) return;
      if (load(words, this.#stopWord) !== RUN) return this.#stop();
      if (this.#inFlight >= this.#setup.concurrency) return this.#listen();
      if (this.#sentAhead.length > 0) {
        this.#beginSent();
        continue;
      }
      const wasIdle = this.#isIdle;
      // A thread that holds no task may have been reserved: then its task is on its way by message.
      if (wasIdle && this.#queue.hasWork && !this.#leaveIdle()) return;
      const slot = this.#isIdle ? NONE : this.#queue.claim(this.#isBarred);
      if (slot === NONE) {
        // A message is only seen from the event loop.
        if (this.#isBarred()) return;
        if (this.#spinForTask()) continue;
        if (this.#park()) return;
        continue;
      }
      if (wasIdle && this.#queue.hasWork) this.#passSearchOn();
      this.#cameByMessage = false;
      this.#begin(slot);
      // Reading the clock costs as much as a small task: every fourth time will do.
      if ((++this.#claims & 3) === 0 && runtime().now() - this.#turnStart > TURN_MS) return this.#defer();
    }
  }

  /** Starts the oldest task that was sent ahead, unless its caller has given up by now: then it is merely done. */
  #beginSent(): void {
    if (this.#isIdle) this.#leaveIdle();
    const { slot, form, value } = this.#sentAhead.shift() as SentTask;
    const { i32 } = this.#region;
    const at = this.#region.slot(slot);
    store(i32, this.#begunWord, (load(i32, this.#begunWord) + 1) | 0);
    if (load(i32, at + CANCEL) !== 0) this.#finish(slot, at, CARRIER_UNDEFINED, 0);
    else this.#execute(slot, at, this.#payload.receive(form, value));
  }

  /** Starts a claimed task, or asks for its arguments. */
  #begin(slot: number): void {
    const at = this.#region.slot(slot);
    const carrier = this.#region.i32[at + ARGS] as number;
    if (carrier === CARRIER_MESSAGE) {
      this.#inFlight++;
      this.#report(slot | WANTS_MESSAGE);
      return;
    }
    let value: unknown;
    try {
      value = this.#payload.read(at, carrier, ARGS_SIZE, ARGS_BLOCK);
    } catch (error) {
      return this.#fail(slot, at, error);
    }
    this.#execute(slot, at, value);
  }

  #execute(slot: number, at: number, value: unknown): void {
    const word = this.#region.i32[at + TASK] as number;
    const sampledAt = (word & TASK_SAMPLED) === 0 ? 0 : this.#stampStart(at);
    // The name travels as the first argument.
    if ((word & TASK_NAMED) !== 0) this.#lastName = (Array.isArray(value) ? value[0] : value) as string;
    let result: unknown;
    let run: RunningTask | undefined;
    this.#isCalling = true;
    try {
      if (this.#context === undefined) {
        enterTask(slot);
        result = this.#call(word, value);
      } else {
        run = this.#describe(slot);
        result = this.#context.run(run, () => this.#call(word, value));
      }
      this.#isCalling = false;
    } catch (error) {
      this.#isCalling = false;
      (run ?? leaveTask())?.over();
      return this.#fail(slot, at, error, sampledAt);
    }
    if (isThenable(result)) return this.#await(run ?? (currentTask() as RunningTask), slot, at, result, sampledAt);
    (run ?? leaveTask())?.over();
    this.#succeed(slot, at, result, sampledAt);
  }

  /** Calls the task that a TASK word names with the arguments that its slot carried. */
  #call(word: number, value: unknown): unknown {
    if ((word & TASK_NAMED) !== 0) return this.#callNamed(value);
    const task = this.#module.at(word & TASK_INDEX_MASK);
    return (word & TASK_SPREAD) === 0 ? task(value) : task(...(value as unknown[]));
  }

  #callNamed(value: unknown): unknown {
    const task = this.#module.named(this.#lastName);
    return Array.isArray(value) ? task(...(value.slice(1) as unknown[])) : task();
  }

  readonly #describe = (slot: number): RunningTask => {
    const word = this.#region.i32[this.#region.slot(slot) + TASK] as number;
    const name = (word & TASK_NAMED) === 0 ? (this.#module.names[word & TASK_INDEX_MASK] as string) : this.#lastName;
    return new TaskRun(this.#region, slot, name);
  };

  #await(run: RunningTask, slot: number, at: number, result: PromiseLike<unknown>, sampledAt: number): void {
    this.#inFlight++;
    this.#awaiting.add(run);
    const over = (): void => {
      this.#inFlight--;
      this.#awaiting.delete(run);
      if (this.#context === undefined) leaveTask();
      run.over();
    };
    result.then(
      (value) => {
        over();
        this.#succeed(slot, at, value, sampledAt);
        this.#resume();
      },
      (error: unknown) => {
        over();
        this.#fail(slot, at, error, sampledAt);
        this.#resume();
      },
    );
  }

  /** A task that awaited is over: there is room for another. */
  #resume(): void {
    if (!this.#deferred) this.#turn();
  }

  #succeed(slot: number, at: number, value: unknown, sampledAt: number): void {
    if (this.#isLeaving) return;
    try {
      const carrier =
        value instanceof Moved ? CARRIER_MESSAGE : this.#payload.write(at, value, RESULT_SIZE, RESULT_BLOCK);
      this.#leave(slot, at, carrier, 0, value, sampledAt);
    } catch (error) {
      this.#fail(slot, at, error, sampledAt);
    }
  }

  #fail(slot: number, at: number, error: unknown, sampledAt = 0): void {
    if (this.#isLeaving) return;
    const record = toErrorRecord(error);
    this.#leave(slot, at, this.#payload.write(at, record, RESULT_SIZE, RESULT_BLOCK), FAILED, record, sampledAt);
  }

  /** Leaves the task's result to the pool: it is in the slot, or goes by message, which then says that it is done. */
  #leave(slot: number, at: number, carrier: number, flag: number, result: unknown, sampledAt: number): void {
    if (carrier !== CARRIER_MESSAGE) return this.#finish(slot, at, carrier | flag, sampledAt);
    this.#record(at, carrier | flag, sampledAt);
    const { value, transfer } = result instanceof Moved ? result : { value: result, transfer: [] };
    const message = this.#payload.message(value, false) ?? outgoingMessage(value, transfer);
    const post: FromThread = [headOf(slot, message.form), message.value];
    this.#host.postMessage(post, message.transfer);
  }

  #finish(slot: number, at: number, result: number, sampledAt: number): void {
    this.#record(at, result, sampledAt);
    this.#report(slot);
  }

  #record(at: number, result: number, sampledAt: number): void {
    this.#region.i32[at + RESULT] = result;
    if (sampledAt !== 0) this.#region.f64[(at >> 1) + DEADLINE] = now() - sampledAt;
  }

  #report(entry: number): void {
    this.#completions.push(entry);
    ring(this.#region.i32, this.#setup.poolDoorbell);
  }

  /** Leaves in the slot how long the task has waited; returns when it started. */
  #stampStart(at: number): number {
    const start = now();
    const { f64 } = this.#region;
    f64[(at >> 1) + STAMP] = start - (f64[(at >> 1) + STAMP] as number);
    return start;
  }

  #spinForTask(): boolean {
    // What follows a message is mostly another one, and that is only seen from the event loop.
    const limit = this.#cameByMessage ? 0 : this.#spin.take();
    if (limit === 0) return false;
    if (!this.#isIdle) {
      if (this.#idle.searchingCount >= this.#setup.spinners) return false;
      if (!this.#idle.search(this.#setup.index)) return false;
      this.#isIdle = true;
    }
    const words = this.#region.i32;
    const end = runtime().now() + limit;
    do {
      for (let i = 0; i < 64; i++) {
        if (this.#queue.hasWork || load(words, this.#stopWord) !== RUN) {
          this.#spin.hit();
          return true;
        }
        spinHint();
      }
      if (this.#isBarred()) return false;
    } while (runtime().now() < end);
    this.#spin.miss();
    return false;
  }

  /** Parks until rung, or until a message comes. False when a task came in the meantime. */
  #park(): boolean {
    // The ticket first: whoever sees that the thread is parked, and takes it, must find its doorbell's flag up.
    const ticket = this.#bell.ticket();
    if (!this.#idle.park(this.#setup.index)) return true;
    this.#isIdle = true;
    if (this.#queue.hasWork || load(this.#region.i32, this.#stopWord) !== RUN) return false;
    this.#bell.arm(ticket);
    return true;
  }

  /** At its limit of tasks: no work is taken, but a cancellation or a stop must be heard. */
  #listen(): void {
    const ticket = this.#bell.ticket();
    for (const run of this.#awaiting) run.noticeCancellation();
    if (load(this.#region.i32, this.#stopWord) !== RUN) return this.#stop();
    this.#bell.arm(ticket);
  }

  /** Gets busy, before it claims. False if the thread is reserved. */
  #leaveIdle(): boolean {
    if (!this.#idle.leave(this.#setup.index)) return false;
    this.#isIdle = false;
    return true;
  }

  /** Work waits that this thread does not take: a parked thread is woken for them, or the pool may start one. */
  #passSearchOn(): void {
    const { i32 } = this.#region;
    const thread = this.#idle.takeParked();
    if (thread !== NO_THREAD) ring(i32, i32[this.#region.control(thread) + DOORBELL] as number);
    else if (this.#setup.elastic) ring(i32, this.#setup.poolDoorbell);
  }

  #defer(): void {
    this.#deferred = true;
    runtime().defer(this.#startTurn);
  }

  /** Stops once nothing is in flight or on its way; what is not claimed is left to others. */
  #stop(): void {
    if (!this.#leaveIdle()) return;
    // It may have been rung for a task that it now leaves to others.
    if (this.#queue.hasWork) this.#passSearchOn();
    if (this.#inFlight > 0) return this.#bell.arm(this.#bell.ticket());
    if (this.#stopped) return;
    this.#stopped = true;
    this.#onStop();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

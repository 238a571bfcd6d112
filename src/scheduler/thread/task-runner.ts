/** Runs the tasks that a pool thread has claimed, and hands over what comes of them. */
import { load } from '../../memory/atomic.ts';
import { UnknownKindError } from '../../memory/shared-object.ts';
import { now } from '../../pacing/clock.ts';
import type { ThreadHost } from '../../runtime.ts';
import {
  ARGS_BLOCK,
  CARRIER_MESSAGE,
  carrierOf,
  type Region,
  STAMP,
  STOP,
  STOP_NOW,
  TASK,
  TASK_SAMPLED,
} from '../layout.ts';
import { Payload } from '../payload.ts';
import { formOf, slotOf, type ThreadSetup, type Post } from '../protocol.ts';
import type { RunningTask } from './current-task.ts';
import { TaskCaller } from './task-caller.ts';
import type { TaskModule } from './task-module.ts';
import { TaskResults } from './task-results.ts';

export class TaskRunner {
  readonly #region: Region;
  readonly #caller: TaskCaller;
  readonly #payload: Payload;
  readonly #results: TaskResults;
  readonly #stopWord: number;
  readonly #loadPrimitives: () => Promise<unknown>;
  readonly #onRoom: () => void;
  readonly #awaiting = new Set<RunningTask>();
  /** Whether this thread knows every kind of primitive. */
  #knowsPrimitives = false;
  /** Tasks that have been claimed and are not over: those that await, and those whose arguments are on their way. */
  inFlight = 0;

  /** @param onRoom - a task that was in flight is over: there is room for another */
  constructor(
    region: Region,
    setup: ThreadSetup,
    host: ThreadHost,
    module: TaskModule,
    loadPrimitives: () => Promise<unknown>,
    onRoom: () => void,
  ) {
    this.#region = region;
    this.#loadPrimitives = loadPrimitives;
    this.#onRoom = onRoom;
    this.#stopWord = region.control(setup.index) + STOP;
    this.#caller = new TaskCaller(region, module, setup.concurrency);
    this.#payload = new Payload(region);
    this.#results = new TaskResults(region, setup, host, this.#payload);
  }

  /** The user's code is on the stack, or was when the runtime took it off. */
  get isCalling(): boolean {
    return this.#caller.isCalling;
  }

  /** The thread is exiting: it must not touch the region any more, which another thread may have by now. */
  get isClosed(): boolean {
    return this.#results.isClosed;
  }

  close(): void {
    this.#results.isClosed = true;
  }

  /** Fires the signals of those tasks in flight that have been cancelled. */
  noticeCancellations(): void {
    for (const run of this.#awaiting) run.noticeCancellation();
  }

  /** The task need not run: its caller has given up. */
  skip(slot: number): void {
    this.#results.skip(slot);
  }

  /** Starts a claimed task, or asks for its arguments. */
  begin(slot: number): void {
    const at = this.#region.slot(slot);
    const word = this.#region.i32[at + TASK] as number;
    const carrier = carrierOf(word);
    if (carrier === CARRIER_MESSAGE) {
      this.inFlight++;
      this.#results.ask(slot);
      return;
    }
    let value: unknown;
    try {
      value = this.#payload.read(at, slot, carrier, ARGS_BLOCK);
    } catch (error) {
      return this.#onUnreadable(slot, error, () => this.begin(slot));
    }
    this.#run(slot, word, value);
  }

  runPosted(message: Post): void {
    const [head, posted] = message;
    const slot = slotOf(head);
    let value: unknown;
    try {
      value = this.#payload.receive(formOf(head), posted);
    } catch (error) {
      return this.#onUnreadable(slot, error, () => this.runPosted(message));
    }
    this.#run(slot, this.#region.i32[this.#region.slot(slot) + TASK] as number, value);
  }

  /** The arguments cannot be read: for good, or until the kind of a primitive among them is loaded. */
  #onUnreadable(slot: number, error: unknown, again: () => void): void {
    if (!(error instanceof UnknownKindError) || this.#knowsPrimitives) return this.#results.fail(slot, error);
    this.inFlight++;
    const goOn = (): void => {
      if (this.isEnding) return;
      this.inFlight--;
      this.#knowsPrimitives = true;
      again();
      this.#onRoom();
    };
    // If they cannot be loaded, reading fails once more, for good.
    this.#loadPrimitives().then(goOn, goOn);
  }

  #run(slot: number, word: number, args: unknown): void {
    const sampledAt = (word & TASK_SAMPLED) === 0 ? 0 : this.#stampStart(slot);
    let result: unknown;
    try {
      result = this.#caller.call(slot, word, args);
    } catch (error) {
      this.#caller.over();
      return this.#results.fail(slot, error, sampledAt);
    }
    if (isThenable(result)) return this.#await(slot, result, sampledAt);
    this.#caller.over();
    this.#results.succeed(slot, result, sampledAt);
  }

  #await(slot: number, result: PromiseLike<unknown>, sampledAt: number): void {
    const run = this.#caller.running;
    this.inFlight++;
    this.#awaiting.add(run);
    result.then(
      (value) => {
        if (!this.#leaveAwaiting(run)) return;
        this.#results.succeed(slot, value, sampledAt);
        this.#onRoom();
      },
      (error: unknown) => {
        if (!this.#leaveAwaiting(run)) return;
        this.#results.fail(slot, error, sampledAt);
        this.#onRoom();
      },
    );
  }

  /** The task awaits no more. Returns whether that counts. */
  #leaveAwaiting(run: RunningTask): boolean {
    if (this.isEnding) return false;
    this.inFlight--;
    this.#awaiting.delete(run);
    this.#caller.overLater(run);
    return true;
  }

  /**
   * The pool ends this thread, which accounts for its tasks: what one of them comes to now may be what the ending has
   * done to it. On Deno, the imports of a thread that is terminated fail with `null`.
   */
  get isEnding(): boolean {
    return this.isClosed || load(this.#region.i32, this.#stopWord) === STOP_NOW;
  }

  /** Leaves in the slot how long the task has waited; returns when it started. */
  #stampStart(slot: number): number {
    const start = now();
    const { f64 } = this.#region;
    const stamp = (this.#region.body(slot) >> 1) + STAMP;
    f64[stamp] = start - (f64[stamp] as number);
    return start;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

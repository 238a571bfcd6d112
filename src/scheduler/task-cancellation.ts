/** The ends of tasks whose callers give up, or run out of time. */
import { DeadlineExceededError, TaskCancelledError } from '../errors.ts';
import { store } from '../memory/atomic.ts';
import type { Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { CANCEL } from './layout.ts';
import type { RunControl } from './run-control.ts';
import type { TaskLedger } from './task-ledger.ts';
import { NONE } from './task-queue.ts';

export class TaskCancellation {
  readonly #ledger: TaskLedger;
  readonly #deadlines: Deadlines;

  constructor(ledger: TaskLedger, deadlines: Deadlines) {
    this.#ledger = ledger;
    this.#deadlines = deadlines;
  }

  /** Sets the task's deadline and listens to its signal. */
  watch(control: RunControl): void {
    const { signal, timeout } = control.options;
    if (timeout !== undefined && timeout !== Infinity) {
      control.deadline = this.#deadlines.add(runtime().now() + timeout, () =>
        this.#cancel(control, new DeadlineExceededError(`Task '${control.name}' did not end within ${timeout} ms`)),
      );
    }
    if (signal !== undefined) control.onAbort(() => this.#cancel(control, signal.reason));
  }

  /** Answers every caller with what `makeError` returns, and stops every task. */
  cancelAll(makeError: () => unknown): void {
    const { backlog, slots } = this.#ledger;
    for (let task = backlog.shift(); task !== undefined; task = backlog.shift()) {
      task.control?.answered();
      this.#ledger.reject(task.settle, makeError(), 'cancelled');
    }
    for (let slot = 0; slot < slots.settles.length; slot++) {
      const settle = slots.settles[slot];
      if (settle === undefined) continue;
      const control = slots.controls[slot];
      control?.answered();
      slots.settles[slot] = undefined;
      this.#stop(slot, control);
      this.#ledger.reject(settle, makeError(), 'cancelled');
    }
  }

  /** Answers the caller with `error` and stops the task: removes it if it is queued, tells it if it runs. */
  #cancel(control: RunControl, error: unknown): void {
    const { settle, slot, place } = control;
    if (settle === undefined) return;
    control.answered();
    if (place !== undefined) this.#ledger.backlog.remove(place);
    else this.#stop(slot, control);
    this.#ledger.reject(settle, error, 'cancelled');
    this.#ledger.onRoom();
  }

  #stop(slot: number, control: RunControl | undefined): void {
    if (this.#ledger.queue.withdraw(slot)) this.#ledger.slots.free(slot);
    else this.#tellRunning(slot, control);
  }

  /**
   * The task runs on after its caller was answered: says so to the task, and sets the time after which its thread ends.
   */
  #tellRunning(slot: number, control: RunControl | undefined): void {
    const { region, slots, crew } = this.#ledger;
    slots.settles[slot] = undefined;
    store(region.i32, region.body(slot) + CANCEL, 1);
    const thread = slots.claimant(slot);
    // One that was sent ahead and has not begun is skipped: its thread says that it begins it before it reads CANCEL.
    if (thread === NONE || !this.#hasBegun(control, thread)) return;
    crew.ring(thread);
    const killAfter = control?.options.killAfter;
    if (control === undefined || killAfter === undefined) return;
    const kill = (): void => {
      if (slots.controls[slot] !== control) return;
      crew.kill(
        thread,
        `it was ended because task '${control.name}' did not stop within ${killAfter} ms of its cancellation`,
      );
    };
    // The shortest timer takes a millisecond.
    if (killAfter === 0) runtime().defer(kill);
    else control.killDeadline = this.#deadlines.add(runtime().now() + killAfter, kill);
  }

  #hasBegun(control: RunControl | undefined, thread: number): boolean {
    return (
      control === undefined || control.aheadNumber === 0 || this.#ledger.ahead.hasBegun(thread, control.aheadNumber)
    );
  }
}

/** The error of a task that its pool gave up. */
export function cancelledBy(what: string): TaskCancelledError {
  return new TaskCancelledError(`The task was cancelled: ${what}`);
}

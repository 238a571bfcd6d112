/**
 * What a task needs beyond its slot: only tasks with a signal, a deadline, retries or a message have one, so that plain
 * tasks cost nothing for it.
 */
import type { Deadline } from '../pacing/deadlines.ts';
import { offAbort, onAbort } from './abort-table.ts';
import type { BacklogPlace } from './backlog.ts';
import type { Message } from './message-lane.ts';
import type { Settle } from './pending-promise.ts';
import type { RunOptions } from './run-options.ts';

/** A task's arguments, kept for another run after a crash. */
export interface SavedArguments {
  readonly carrier: number;
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

/** No slot. */
export const NO_SLOT = -1;

export class RunControl {
  /** The task's name, for errors. */
  readonly name: string;
  readonly options: RunOptions;
  /** Answers the caller; undefined once the caller has been answered. */
  settle: Settle | undefined;
  slot: number = NO_SLOT;
  place: BacklogPlace | undefined;
  /** Arguments that travel by message, until they are posted. */
  message: Message | undefined;
  saved: SavedArguments | undefined;
  /** Its number among the tasks that its thread was sent ahead of time; 0: it was not. */
  aheadNumber = 0;
  /** Its arguments have gone to a thread by message. */
  isPosted = false;
  retriesLeft: number;
  /** When the caller is told that the task took too long, and when the thread of a cancelled task is ended. */
  deadline: Deadline | undefined;
  killDeadline: Deadline | undefined;
  #onAbort: (() => void) | undefined;

  constructor(name: string, options: RunOptions) {
    this.name = name;
    this.options = options;
    this.retriesLeft = options.retryOnCrash ?? 0;
  }

  /** Calls back when the caller's signal fires. */
  onAbort(callback: () => void): void {
    if (this.options.signal === undefined) return;
    this.#onAbort = callback;
    onAbort(this.options.signal, callback);
  }

  /** The caller has been answered: nothing of the caller's is held any longer. */
  answered(): void {
    this.settle = undefined;
    this.place = undefined;
    this.deadline?.cancel();
    this.deadline = undefined;
    if (this.#onAbort === undefined || this.options.signal === undefined) return;
    offAbort(this.options.signal, this.#onAbort);
    this.#onAbort = undefined;
  }

  /** The task is over: it has left its slot. */
  over(): void {
    this.slot = NO_SLOT;
    this.message = undefined;
    this.saved = undefined;
    this.killDeadline?.cancel();
    this.killDeadline = undefined;
  }
}

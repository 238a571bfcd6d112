/** One task while it runs in this thread. */
import { TaskCancelledError } from '../../errors.ts';
import { load } from '../../memory/atomic.ts';
import { CANCEL, DEADLINE, type Region } from '../layout.ts';
import type { RunningTask } from './current-task.ts';

export class TaskRun implements RunningTask {
  readonly name: string;
  readonly slot: number;
  readonly deadline: number;
  readonly #region: Region;
  readonly #cancelWord: number;
  #controller: AbortController | undefined;
  #over = false;

  constructor(region: Region, slot: number, name: string) {
    const body = region.body(slot);
    const deadline = region.f64[(body >> 1) + DEADLINE] as number;
    this.#region = region;
    this.#cancelWord = body + CANCEL;
    this.name = name;
    this.slot = slot;
    this.deadline = deadline === 0 ? Infinity : deadline;
  }

  /** The slot may serve another task once this one is over; its own answer then stays what it was. */
  get cancelled(): boolean {
    return this.#over ? (this.#controller?.signal.aborted ?? false) : load(this.#region.i32, this.#cancelWord) !== 0;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    this.noticeCancellation();
    return this.#controller.signal;
  }

  /** Fires the signal if the caller has given up. */
  noticeCancellation(): void {
    if (this.#controller === undefined || this.#controller.signal.aborted || !this.cancelled) return;
    this.#controller.abort(new TaskCancelledError(`Task '${this.name}' was cancelled by its caller`));
  }

  over(): void {
    this.#over = true;
  }
}

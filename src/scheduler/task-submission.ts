/** The way of a call to the dispatcher: the task's name becomes its number, and the pool's bounds are kept. */
import { TaskNotFoundError } from '../errors.ts';
import type { Admission } from './admission.ts';
import type { Dispatcher } from './dispatcher.ts';
import { TASK_NAMED } from './layout.ts';
import { unknownTaskMessage } from './nearest-names.ts';
import { checkRunOptions, type RunOptions } from './run-options.ts';
import type { TaskLedger } from './task-ledger.ts';

export class TaskSubmission {
  readonly #ledger: TaskLedger;
  readonly #dispatcher: Dispatcher;
  readonly #admission: Admission | undefined;
  readonly #timeout: number;
  /** Plain tasks take the short path: there is no bound and no default deadline. */
  readonly #isPlain: boolean;
  readonly #indexes = new Map<string, number>();

  /**
   * @param admission - the bound of the queue, if it has one
   * @param timeout - of tasks that name none, in milliseconds
   */
  constructor(dispatcher: Dispatcher, admission: Admission | undefined, timeout: number) {
    this.#ledger = dispatcher.ledger;
    this.#dispatcher = dispatcher;
    this.#admission = admission;
    this.#timeout = timeout;
    this.#isPlain = admission === undefined && timeout === Infinity;
  }

  /** A thread has told the names of the module's tasks. */
  learnNames(): void {
    this.#ledger.names.forEach((name, index) => this.#indexes.set(name, index));
  }

  /**
   * Hands a task over.
   *
   * @throws {TaskNotFoundError | QueueFullError | TypeError | RangeError} what is wrong with it.
   */
  submit(name: string, args: readonly unknown[], options: RunOptions | undefined): Promise<unknown> {
    const index = this.#indexes.get(name);
    if (index === undefined) return this.#submitNamed(name, args, options);
    if (options === undefined && this.#isPlain) return this.#dispatcher.submit(index, args);
    return this.#submitWith(name, index, args, options);
  }

  /** Before a thread has told the names, the name itself travels, and the thread judges it. */
  #submitNamed(name: string, args: readonly unknown[], options: RunOptions | undefined): Promise<unknown> {
    const { names, others } = this.#ledger;
    if (names.length > 0) throw new TaskNotFoundError(unknownTaskMessage(String(name), names, others));
    return this.#submitWith(name, TASK_NAMED, [name, ...args], options);
  }

  #submitWith(name: string, task: number, args: readonly unknown[], given: RunOptions = {}): Promise<unknown> {
    checkRunOptions(given);
    const isLimited = given.timeout !== undefined || this.#timeout === Infinity;
    const options = isLimited ? given : { ...given, timeout: this.#timeout };
    if (this.#admission === undefined) return this.#dispatcher.submitWith(task, args, options);
    return this.#admission.admit(name, task, args, options);
  }
}

/** Calls the functions of the user's module, and keeps who asks informed of which task it is. */
import { type AsyncContext, runtime } from '../../runtime.ts';
import { type Region, TASK, TASK_INDEX_MASK, TASK_NAMED, TASK_SPREAD } from '../layout.ts';
import { currentTask, describeTasksBy, enterTask, leaveTask, type RunningTask, trackTasksBy } from './current-task.ts';
import type { TaskModule } from './task-module.ts';
import { TaskRun } from './task-run.ts';

export class TaskCaller {
  readonly #region: Region;
  readonly #module: TaskModule;
  /** With several tasks at a time, which one the calling code belongs to. */
  readonly #context: AsyncContext<RunningTask> | undefined;
  #run: RunningTask | undefined;
  /** The name that came with the latest task that was called by name. */
  #lastName = '';
  /** The user's code is on the stack. */
  isCalling = false;

  constructor(region: Region, module: TaskModule, concurrency: number) {
    this.#region = region;
    this.#module = module;
    describeTasksBy(this.#describe);
    if (concurrency > 1) trackTasksBy((this.#context = runtime().asyncContext()));
  }

  /** Calls the task of a slot with the arguments that it carried; returns and throws what it does. */
  call(slot: number, word: number, value: unknown): unknown {
    // The name travels as the first argument.
    if ((word & TASK_NAMED) !== 0) this.#lastName = (Array.isArray(value) ? value[0] : value) as string;
    this.isCalling = true;
    try {
      if (this.#context === undefined) {
        enterTask(slot);
        return this.#apply(word, value);
      }
      this.#run = this.#describe(slot);
      return this.#context.run(this.#run, () => this.#apply(word, value));
    } finally {
      this.isCalling = false;
    }
  }

  /** The task that has just been called, and goes on. */
  get running(): RunningTask {
    return this.#run ?? (currentTask() as RunningTask);
  }

  /** The task that has just been called is over. */
  over(): void {
    (this.#run ?? leaveTask())?.over();
  }

  /** A task that went on is over. */
  overLater(run: RunningTask): void {
    if (this.#context === undefined) leaveTask();
    run.over();
  }

  #apply(word: number, value: unknown): unknown {
    if ((word & TASK_NAMED) !== 0) return this.#applyNamed(value);
    const task = this.#module.at(word & TASK_INDEX_MASK);
    return (word & TASK_SPREAD) === 0 ? task(value) : task(...(value as unknown[]));
  }

  #applyNamed(value: unknown): unknown {
    const task = this.#module.named(this.#lastName);
    return Array.isArray(value) ? task(...(value.slice(1) as unknown[])) : task();
  }

  readonly #describe = (slot: number): RunningTask => {
    const word = this.#region.i32[this.#region.slot(slot) + TASK] as number;
    const name = (word & TASK_NAMED) === 0 ? (this.#module.names[word & TASK_INDEX_MASK] as string) : this.#lastName;
    return new TaskRun(this.#region, slot, name);
  };
}

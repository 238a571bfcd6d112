/** What a task group takes, and the checks that refuse anything else at once. */
import { checkWaitOptions, describe } from '../signal/wait-options.ts';

/** Options for a TaskGroup. */
export interface TaskGroupOptions {
  /** What it is called in messages and reports. @default 'tasks' */
  readonly name?: string | undefined;
  /** Milliseconds after which its tasks are cancelled, with a DeadlineExceededError for a reason. */
  readonly timeout?: number | undefined;
  /** Cancels its tasks, for the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the first task that fails cancels the others, or all run to their end and their errors are collected.
   *
   * @default 'cancel'
   */
  readonly onFailure?: 'cancel' | 'collect' | undefined;
}

/** @throws {TypeError | RangeError} naming the option, what it got and what it takes. */
export function checkTaskGroupOptions(options: TaskGroupOptions): void {
  checkWaitOptions(options);
  const { name, onFailure } = options;
  if (name !== undefined && typeof name !== 'string') {
    throw new TypeError(`Expected option 'name' to be a string, got ${describe(name)}`);
  }
  if (onFailure !== undefined && onFailure !== 'cancel' && onFailure !== 'collect') {
    throw new TypeError(`Expected option 'onFailure' to be 'cancel' or 'collect', got ${describe(onFailure)}`);
  }
}

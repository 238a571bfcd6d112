/**
 * Threads that die while they load the pool's module. If no thread has ever loaded it, the module itself is at fault,
 * and the first failure counts for all. Otherwise the next thread is started after a growing pause, until it has
 * failed too often in a row.
 */
import { ModuleLoadError } from '../errors.ts';
import type { PoolThread } from './pool-thread.ts';

const RESTART_BUDGET = 4;
const RESTART_PAUSE_MS = 25;

export class LoadFailures {
  readonly #module: string;
  #everLoaded = false;
  #inARow = 0;

  /** @param module - the module's URL, for the error */
  constructor(module: string) {
    this.#module = module;
  }

  /** A thread has loaded the module. */
  forget(): void {
    this.#everLoaded = true;
    this.#inARow = 0;
  }

  /** Counts one more. Returns how many milliseconds later to try again, or why there is no use in that. */
  count(thread: PoolThread, exitCode: number): number | ModuleLoadError {
    this.#inARow++;
    if (this.#everLoaded && this.#inARow <= RESTART_BUDGET) return RESTART_PAUSE_MS * 2 ** (this.#inARow - 1);
    const { message, error } = thread.loadFailure ?? {
      message: `the thread ended with exit code ${exitCode} while it loaded the module: ${thread.causeInWords}`,
      error: thread.cause,
    };
    if (error instanceof ModuleLoadError) return error;
    return new ModuleLoadError(`Cannot load the task module ${this.#module}: ${message}`, { cause: error });
  }
}

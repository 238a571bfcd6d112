import type { Semaphore } from './semaphore.ts';

/** Permits that were acquired together. Releasing them twice releases them once. */
export class Permit implements Disposable {
  /** How many permits. */
  readonly count: number;
  #semaphore: Semaphore | undefined;

  constructor(semaphore: Semaphore, count: number) {
    this.#semaphore = semaphore;
    this.count = count;
  }

  /** Gives them back. */
  release(): void {
    const semaphore = this.#semaphore;
    this.#semaphore = undefined;
    // With the semaphore gone there is nothing to give back to: a guard must not throw at the end of its scope.
    if (semaphore !== undefined && !semaphore.isDisposed) semaphore.release(this.count);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Those who wait until a pool's threads have loaded its module. The process does not end before they know. */
import { LoopHold } from '../signal/keep-alive.ts';

export class PoolReadiness {
  readonly #waiting: Array<{ resolve: () => void; reject: (error: unknown) => void }> = [];
  readonly #hold = new LoopHold();
  #wasReached = false;

  /** Whether it was ready at any time. */
  get wasReached(): boolean {
    return this.#wasReached;
  }

  get hasWaiters(): boolean {
    return this.#waiting.length > 0;
  }

  wait(): Promise<void> {
    this.#hold.hold();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  reach(): void {
    this.#wasReached = true;
    this.#hold.release();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** It will never be reached. */
  refuse(error: unknown): void {
    this.#hold.release();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

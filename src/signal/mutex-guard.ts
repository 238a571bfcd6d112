import type { Mutex } from './mutex.ts';
import { isAbandoned } from './lock-word.ts';

/** A hold of a mutex. Releasing it twice releases it once. */
export class MutexGuard implements Disposable {
  /** The mutex that it holds. */
  readonly mutex: Mutex;
  /** @internal The mutex's word while this guard holds it. */
  hold: number;

  /** @internal */
  constructor(mutex: Mutex, hold: number) {
    this.mutex = mutex;
    this.hold = hold;
  }

  /** Whether it has not been released, nor given up for a `Condition.wait` that is under way. */
  get isHeld(): boolean {
    return this.mutex.isHold(this.hold);
  }

  /**
   * Whether the owner before died while it had the mutex: what the mutex guards may be half-changed. By releasing the
   * mutex the new owner says that it has made it good; the next one is not told any more.
   */
  get wasAbandoned(): boolean {
    return isAbandoned(this.hold);
  }

  /** Releases the mutex, if this guard holds it. */
  release(): void {
    this.mutex.releaseHold(this.hold);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

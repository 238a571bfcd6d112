import { isAbandoned } from './lock-word.ts';
import type { ReadWriteLock } from './read-write-lock.ts';

/** A hold of a read-write lock. Releasing it twice releases it once. */
export class ReadWriteGuard implements Disposable {
  /** Whether it is shared with other readers, or excludes everybody. */
  readonly mode: 'read' | 'write';
  /**
   * Whether a writer died while it had the lock, and no other has released it since: what the lock guards may be
   * half-changed. By releasing it a writer says that it has made it good; until then everybody is told.
   */
  readonly wasAbandoned: boolean;
  readonly #lock: ReadWriteLock;
  readonly #hold: number;
  #isReleased = false;

  /** @internal */
  constructor(lock: ReadWriteLock, mode: 'read' | 'write', hold: number) {
    this.#lock = lock;
    this.#hold = hold;
    this.mode = mode;
    this.wasAbandoned = isAbandoned(hold);
  }

  /** Whether it has not been released. */
  get isHeld(): boolean {
    return !this.#isReleased;
  }

  /** Releases the lock, if this guard holds it. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    // With the lock gone there is nothing to release: a guard must not throw at the end of its scope.
    if (this.#lock.isDisposed) return;
    if (this.mode === 'read') this.#lock.endRead();
    else this.#lock.endWrite(this.#hold);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

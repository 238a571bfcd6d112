/**
 * Whether the pool can start one more item at once.
 *
 * The time of an item counts from its call. With `--timeout`, an item must therefore not be called before a thread is
 * free for it, or it would pay for the one before it: an item that was given up may hold its thread until that is
 * ended, and its successor's thread has to start first. Both are known from the pool, not guessed from what was called.
 */
import type { EnginePool } from '../io.ts';

/** Counts the places at which items can run. */
export class Lanes {
  readonly #pool: EnginePool;
  readonly #concurrency: number;
  #threads: number;
  #uncounted = false;

  /**
   * @param pool a pool that is ready with `threads` threads.
   * @param onChange called when there may be more places, or fewer.
   */
  constructor(pool: EnginePool, threads: number, concurrency: number, onChange: () => void) {
    this.#pool = pool;
    this.#threads = threads;
    this.#concurrency = concurrency;
    pool.addEventListener('threadstart', () => {
      this.#threads++;
      onChange();
    });
    pool.addEventListener('threadexit', () => {
      this.#threads--;
      onChange();
    });
    // The last item that was given up has ended by itself.
    pool.addEventListener('drain', onChange);
    // There may never be a thread again: let an item through, and the pool says what is the matter.
    pool.addEventListener('error', () => {
      this.#uncounted = true;
      onChange();
    });
  }

  /** Whether a thread is free. */
  get hasRoom(): boolean {
    if (this.#uncounted) return true;
    const { running, queued } = this.#pool.stats();
    return running + queued < this.#threads * this.#concurrency;
  }
}

/**
 * The bound of a pool's queue. With `reject`, a task that finds it full is refused; with `wait`, its submission is held
 * back, first come first served, until there is room: nothing of it is encoded or counted as queued before.
 */
import { QueueFullError } from '../errors.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { IdleThreads } from './idle-threads.ts';

interface Held {
  readonly submit: () => void;
  readonly refuse: (error: unknown) => void;
}

export class Admission {
  readonly #limit: number;
  readonly #overflow: 'wait' | 'reject';
  readonly #dispatcher: Dispatcher;
  readonly #idle: IdleThreads;
  readonly #held = new Set<Held>();

  constructor(limit: number, overflow: 'wait' | 'reject', dispatcher: Dispatcher, idle: IdleThreads) {
    this.#limit = limit;
    this.#overflow = overflow;
    this.#dispatcher = dispatcher;
    this.#idle = idle;
  }

  /** Submissions that are held back. */
  get held(): number {
    return this.#held.size;
  }

  /** Whether a task may be queued now. Tasks that free threads are about to take do not count as waiting. */
  get hasRoom(): boolean {
    const waiting = this.#dispatcher.queued - this.#idle.parkedCount - this.#idle.searchingCount;
    return waiting < this.#limit;
  }

  /** Submits now if there is room and nobody waits for it; else holds the submission back or refuses it. */
  admit(name: string, signal: AbortSignal | undefined, submit: () => Promise<unknown>): Promise<unknown> {
    if (this.#held.size === 0 && this.hasRoom) return submit();
    if (this.#overflow === 'reject') {
      return Promise.reject(
        new QueueFullError(`Cannot queue task '${name}': ${this.#limit} tasks wait already, which is the limit of the queue`),
      );
    }
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#held.delete(held);
        reject(signal?.reason as Error);
      };
      const held: Held = {
        submit: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve(submit());
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error as Error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#held.add(held);
    });
  }

  /** Submits what was held back, as far as there is room. */
  release(): void {
    for (const held of this.#held) {
      if (!this.hasRoom) return;
      this.#held.delete(held);
      held.submit();
    }
  }

  /** Refuses everything that is held back. */
  refuseAll(makeError: () => unknown): void {
    for (const held of this.#held) held.refuse(makeError());
    this.#held.clear();
  }
}

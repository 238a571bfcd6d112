/** Lets threads go that a pool has above its minimum, once it has had no task for its idle timeout. */
import type { Deadline, Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import type { IdleThreads } from './idle-threads.ts';
import { STOP_WHEN_DONE } from './layout.ts';
import type { ResolvedPoolOptions } from './pool-options.ts';
import type { PoolThread } from './pool-thread.ts';
import type { TaskLedger } from './task-ledger.ts';
import type { ThreadTermination } from './thread-termination.ts';

/** What it needs of the pool. */
interface Parts {
  /** All that run or start, the latest last. */
  readonly threads: readonly PoolThread[];
  readonly ledger: TaskLedger;
  readonly idle: IdleThreads;
  readonly termination: ThreadTermination;
  readonly deadlines: Deadlines;
}

export class IdleRetirement {
  readonly #parts: Parts;
  readonly #min: number;
  readonly #idleTimeout: number;
  #check: Deadline | undefined;
  #isOver = false;

  constructor(parts: Parts, { min, idleTimeout }: Pick<ResolvedPoolOptions, 'min' | 'idleTimeout'>) {
    this.#parts = parts;
    this.#min = min;
    this.#idleTimeout = idleTimeout;
  }

  /** The pool has nothing to do: looks again after the idle timeout which threads can go, while there may be any. */
  watch(): void {
    if (this.#check !== undefined || this.#isOver || this.#parts.threads.length <= this.#min) return;
    if (this.#idleTimeout === Infinity) return;
    const { ledger, deadlines } = this.#parts;
    const submittedBefore = ledger.submitted;
    this.#check = deadlines.add(runtime().now() + this.#idleTimeout, () => {
      this.#check = undefined;
      if (ledger.submitted === submittedBefore) this.#retire();
      this.watch();
    });
  }

  /** No thread is let go any more. */
  stop(): void {
    this.#isOver = true;
    this.#check?.cancel();
  }

  #retire(): void {
    const { threads, idle, termination } = this.#parts;
    for (const thread of [...threads].reverse()) {
      if (threads.filter(({ state }) => state !== 'stopping').length <= this.#min) return;
      if (thread.state === 'ready' && idle.isParked(thread.index)) termination.tell(thread, STOP_WHEN_DONE);
    }
  }
}

/** The end of a pool: finish or cancel the tasks, let the threads leave or end them, give everything back, report. */
import type { Deadline, Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import type { Crew } from './crew.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { PoolThread, ThreadEnd } from './pool-thread.ts';
import type { ShutdownReport } from './shutdown-report.ts';
import { cancelledBy, type TaskCancellation } from './task-cancellation.ts';
import type { TaskLedger } from './task-ledger.ts';

/** How long threads may take to leave once no caller waits for their tasks, when `close` names no timeout. */
const LEAVE_PATIENCE_MS = 5000;

export class Shutdown {
  readonly #crew: Crew;
  readonly #ledger: TaskLedger;
  readonly #cancellation: TaskCancellation;
  readonly #deadlines: Deadlines;
  readonly #release: () => number;
  readonly #startedAt = runtime().now();
  readonly #loop = new LoopHold();
  readonly #ends: Array<ShutdownReport['threads'][number]> = [];
  #deadline: Deadline | undefined;
  #forced = false;
  #finish!: (report: ShutdownReport) => void;
  /** Settles when the pool is gone. */
  readonly done: Promise<ShutdownReport> = new Promise((resolve) => {
    this.#finish = resolve;
  });
  #threadsTold = false;
  #over = false;

  /** @param release - gives back what the pool holds; returns how many bytes could not be */
  constructor(
    crew: Crew,
    { ledger, cancellation }: Pick<Dispatcher, 'ledger' | 'cancellation'>,
    deadlines: Deadlines,
    release: () => number,
  ) {
    this.#crew = crew;
    this.#ledger = ledger;
    this.#cancellation = cancellation;
    this.#deadlines = deadlines;
    this.#release = release;
    this.#loop.hold();
  }

  /** Lets tasks finish; after `timeoutMs`, forces the end. */
  close(timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined) this.#forceAfter(timeoutMs);
    this.advance();
  }

  /** Cancels every task and ends every thread. */
  force(why: string): void {
    if (this.#forced || this.#over) return;
    this.#forced = true;
    this.#cancellation.cancelAll(() => cancelledBy(why));
    this.#crew.endAll(why);
    this.advance();
  }

  /** Goes on if what it waits for has come: called when a task was answered and when a thread is gone. */
  advance(): void {
    if (this.#over || this.#ledger.inFlight > 0) return;
    if (!this.#threadsTold && !this.#forced) {
      this.#threadsTold = true;
      if (this.#deadline === undefined) this.#forceAfter(LEAVE_PATIENCE_MS);
      this.#crew.stop();
    }
    if (this.#crew.threads.length === 0) this.#end();
  }

  threadExited(thread: PoolThread, end: ThreadEnd, exitCode: number | undefined): void {
    this.#ends.push({ index: thread.index, end, exitCode, ms: runtime().now() - this.#startedAt });
    this.advance();
  }

  #forceAfter(ms: number): void {
    if (ms === Infinity) return;
    this.#deadline = this.#deadlines.add(runtime().now() + ms, () =>
      this.force(`its pool did not close within ${ms} ms`),
    );
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline?.cancel();
    const bytes = this.#release();
    this.#loop.release();
    const { completed, failed, cancelled } = this.#ledger.figures;
    this.#finish({
      ms: runtime().now() - this.#startedAt,
      clean: !this.#forced && this.#crew.stuck === 0,
      tasks: { completed, failed, cancelled },
      threads: this.#ends,
      leftBehind: { threads: this.#crew.stuck, bytes },
    });
  }
}

/** One run of a poller, and those who asked for it. */
import { type AsyncContext, runtime } from '../runtime.ts';
import type { PollerRun, PollerWork } from './poller-options.ts';
import type { RunEnd } from './poller-stats.ts';

/** Which run the code that asks belongs to. */
let context: AsyncContext<CurrentRun> | undefined;

/** What those share who asked for a run that has not started yet: its outcome. */
export interface RunRequest<T> {
  /** When the first of them asked. */
  readonly at: number;
  readonly outcome: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** For the first who asks. */
export function requestRun<T>(at: number): RunRequest<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const outcome = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { at, outcome, resolve, reject };
}

/** A run that goes on. */
export class CurrentRun {
  readonly info: PollerRun;
  readonly startedAt: number;
  readonly #controller = new AbortController();

  constructor(info: PollerRun, startedAt: number) {
    this.info = info;
    this.startedAt = startedAt;
  }

  /** Whether the code that asks is this run's: called by its work, before or after an await. */
  get isCaller(): boolean {
    return context?.get() === this;
  }

  /** Does the work to its end, whatever that is, and lets those know who asked for it. */
  async perform<T>(
    work: PollerWork<T>,
    request: RunRequest<T> | undefined,
    onEnd: (how: RunEnd, error?: unknown) => void,
  ): Promise<void> {
    context ??= runtime().asyncContext();
    const { signal } = this.#controller;
    try {
      const value = await context.run(this, async () => work(signal, this.info));
      request?.resolve(value);
    } catch (error) {
      request?.reject(error);
      return onEnd(signal.aborted ? 'cancelled' : 'failed', error);
    }
    onEnd('done');
  }

  /** Tells the work that it should stop. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

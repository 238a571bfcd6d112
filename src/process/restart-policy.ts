/** Whether and when a process that has ended is started again. */
import { Backoff, type BackoffOptions } from '../pacing/backoff/backoff.ts';
import { checkCount, checkDelay, checkInterval, checkObject, checkOneOf } from '../pacing/option-checks.ts';
import type { ProcessExit } from './process-exit.ts';

/** When a process that has ended is started again. Its delays grow as those of `retry` do, up to 10 s unless told. */
export interface RestartOptions extends BackoffOptions {
  /**
   * `failure`: after an exit code other than 0, a signal, or a start that did not become ready. `always`: after any end
   * that was not asked for.
   *
   * @default {'failure'}
   */
  readonly when?: 'failure' | 'always' | undefined;
  /** How many restarts there may be within `window`; the next end is the last. @default {5} */
  readonly limit?: number | undefined;
  /** Milliseconds. @default {60_000} */
  readonly window?: number | undefined;
  /** After so many milliseconds in which it was ready, the delays begin anew. @default {10_000} */
  readonly resetAfter?: number | undefined;
}

/** How a run went. */
export interface RunOutcome {
  readonly exit: ProcessExit;
  /** Whether it did not become ready. */
  readonly failedToStart: boolean;
  /** Milliseconds for which it was ready. */
  readonly readyFor: number;
}

const MAX_DELAY_MS = 10_000;

export class RestartPolicy {
  readonly #when: 'failure' | 'always';
  readonly #limit: number;
  readonly #window: number;
  readonly #resetAfter: number;
  readonly #backoff: Backoff;
  /** When the restarts within the window were decided. */
  #recent: number[] = [];

  /** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
  constructor(options: RestartOptions) {
    checkObject("option 'restart'", options);
    const { when = 'failure', limit = 5, window = 60_000, resetAfter = 10_000, ...backoff } = options;
    checkOneOf('when', when, ['failure', 'always']);
    checkCount('limit', limit);
    checkInterval('window', window);
    checkDelay('resetAfter', resetAfter);
    this.#when = when;
    this.#limit = limit;
    this.#window = window;
    this.#resetAfter = resetAfter;
    this.#backoff = new Backoff({ maxDelay: Math.max(MAX_DELAY_MS, backoff.baseDelay ?? 0), ...backoff });
  }

  /**
   * The milliseconds to wait before it is started again; undefined if it is not.
   *
   * @param now - in milliseconds, on any clock that goes forward
   */
  nextDelay({ exit, failedToStart, readyFor }: RunOutcome, now: number): number | undefined {
    const hasFailed = failedToStart || exit.code !== 0;
    if (!hasFailed && this.#when === 'failure') return undefined;
    this.#recent = this.#recent.filter((at) => now - at < this.#window);
    if (this.#recent.length >= this.#limit) return undefined;
    this.#recent.push(now);
    if (readyFor >= this.#resetAfter) this.#backoff.reset();
    return this.#backoff.next();
  }
}

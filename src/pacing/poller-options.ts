/** What a poller takes, and the checks that refuse anything else at once. */
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import { Backoff, type BackoffOptions } from './backoff/backoff.ts';
import type { Clock } from './clock.ts';
import { deadlinesFor } from './deadlines.ts';
import { checkCallback, checkFraction, checkInterval, checkOneOf } from './option-checks.ts';

/** What a run is told about itself. */
export interface PollerRun {
  /** Which run this is since the poller was made, from 1. */
  readonly run: number;
  /** When it was due, on the poller's clock; when it was asked for, if `trigger` did. */
  readonly due: number;
  /** Whether `trigger` asked for it. */
  readonly triggered: boolean;
}

/** What a poller does, again and again. */
export type PollerWork<T> = (signal: AbortSignal, run: PollerRun) => T | PromiseLike<T>;

/** When a poller runs. All times in milliseconds. */
export interface PollerOptions extends Pick<WaitOptions, 'signal' | 'ref'> {
  /** Time between runs; Infinity: only when triggered. */
  readonly interval: number;
  /**
   * Time from the end of a run that failed to the next. The first success goes back to `interval`.
   *
   * @default {interval}
   */
  readonly errorInterval?: number | undefined;
  /** The same, growing from failure to failure; instead of `errorInterval`. */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * 'fixed': from start to start, on a grid that does not drift. 'spaced': from the end of a run to the start of the
   * next.
   *
   * @default {'fixed'}
   */
  readonly mode?: 'fixed' | 'spaced' | undefined;
  /**
   * What becomes of ticks that came while a run still went on, or while the process slept. 'skip': nothing, the next
   * run is on the next point of the grid. 'delay': one run at once, and the grid goes on from there. 'burst': all of
   * them run, one right after the other.
   *
   * @default {'skip'}
   */
  readonly missed?: 'skip' | 'delay' | 'burst' | undefined;
  /**
   * Each tick comes up to this fraction of the interval later, at random; the grid stays where it is.
   *
   * @default {0}
   */
  readonly jitter?: number | undefined;
  /**
   * Whether the first run starts at once rather than after an interval.
   *
   * @default {true}
   */
  readonly immediate?: boolean | undefined;
  /** Told of each run that failed. Without it, `stats().lastError` is where an error shows. */
  readonly onError?: ((error: unknown, run: PollerRun) => void) | undefined;
  /** What the poller is called in messages. */
  readonly name?: string | undefined;
  /** Numbers from 0 up to 1, for tests. @default {Math.random} */
  readonly random?: (() => number) | undefined;
  /** @default {this thread's clock when it starts} */
  readonly clock?: Clock | undefined;
}

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function checkPollerOptions(options: PollerOptions): void {
  checkWaitOptions(options);
  const { interval, errorInterval, backoff, mode, missed, jitter, immediate, onError, name, random, clock } = options;
  checkInterval('interval', interval);
  if (errorInterval !== undefined) checkInterval('errorInterval', errorInterval);
  if (backoff !== undefined) new Backoff(backoff);
  if (errorInterval !== undefined && backoff !== undefined) {
    throw new TypeError("Expected 'errorInterval' or 'backoff', got both: each says when to run after an error");
  }
  if (mode !== undefined) checkOneOf('mode', mode, ['fixed', 'spaced']);
  if (missed !== undefined) checkOneOf('missed', missed, ['skip', 'delay', 'burst']);
  if (jitter !== undefined) checkFraction('jitter', jitter);
  if (immediate !== undefined && typeof immediate !== 'boolean') {
    throw new TypeError(`Expected option 'immediate' to be a boolean, got ${describe(immediate)}`);
  }
  checkCallback('onError', onError);
  if (name !== undefined && typeof name !== 'string') {
    throw new TypeError(`Expected option 'name' to be a string, got ${describe(name)}`);
  }
  checkCallback('random', random);
  deadlinesFor(clock);
}

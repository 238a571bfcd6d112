/**
 * Looks at a condition at the start, after each event that may have changed it, and, since events may be missing or
 * come for something else, now and then by a timer. The timer is the fallback: what passed by it says so.
 *
 * After an event it looks once the code that is running has come to its end, and after each of two more turns of the
 * event loop, in which those who listen to the same event have answered it.
 */
import { DeadlineExceededError } from '../errors.ts';
import { nextPause } from '../pacing/look-pauses.ts';
import type { Deadline } from '../signal/deadlines.ts';
import { holdLoop, releaseLoop } from '../signal/keep-alive.ts';
import { timeoutError } from '../signal/wait-options.ts';
import {
  type ConditionOptions,
  type ConditionResult,
  DEFAULT_TIMEOUT_MS,
  LONGEST_PAUSE_MS,
} from './condition-options.ts';
import { listenTo } from './event-source.ts';
import { History, show } from './history.ts';
import { afterTurn, realDeadlines } from './real-time.ts';

/** What a look came to. */
export interface Look<T> {
  readonly passed: boolean;
  readonly value: T;
  /** What the history shows instead of the value, and an error that tells of the time-out has as its cause. */
  readonly error?: unknown;
}

interface Settle<T> {
  resolve(result: ConditionResult<T> | undefined): void;
  reject(error: unknown): void;
}

type Cause = ConditionResult<unknown>['by'];

/** One wait for a condition. */
export class ConditionWatch<T> {
  readonly #what: string;
  readonly #options: ConditionOptions;
  readonly #look: () => Look<T> | PromiseLike<Look<T>>;
  readonly #history = new History();
  readonly #began: number = realDeadlines.now();
  readonly #undo: Array<() => void> = [];
  /** Undefined before the start and after the end. */
  #settle: Settle<T> | undefined;
  #looks = 0;
  #isLooking = false;
  /** Something happened during a look that takes its time: its answer may be old. */
  #again: Cause | undefined;
  #pause = 0;
  #next: Deadline | undefined;
  #latestError: unknown;

  /**
   * @param what - what was called, for messages
   * @param look - looks once; an error that it throws ends the wait
   */
  constructor(what: string, options: ConditionOptions, look: () => Look<T> | PromiseLike<Look<T>>) {
    this.#what = what;
    this.#options = options;
    this.#look = look;
  }

  /**
   * Resolves when a look passes, or to undefined once the time is over; rejects when the signal fires, a look throws or
   * a source fails.
   */
  run(): Promise<ConditionResult<T> | undefined> {
    const { on = [], signal, timeout = DEFAULT_TIMEOUT_MS, ref = true } = this.#options;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (ref) {
        holdLoop();
        this.#undo.push(releaseLoop);
      }
      const abort = (): void => this.#fail(signal?.reason);
      signal?.addEventListener('abort', abort);
      this.#undo.push(() => signal?.removeEventListener('abort', abort));
      // Before the first look: what happens between the two is not missed.
      const listener = { happened: () => this.#happened(), failed: (error: unknown) => this.#sourceFailed(error) };
      for (const source of on) this.#undo.push(listenTo(source, listener));
      if (timeout < Infinity) {
        const deadline = realDeadlines.add(this.#began + timeout, () => this.#expire());
        this.#undo.push(() => deadline.cancel());
      }
      this.#lookNow('start');
    });
  }

  /** What a wait rejects with that {@linkcode run} says is too late. */
  timeoutError(): DeadlineExceededError {
    const { message } = timeoutError(this.#what, this.#options.timeout ?? DEFAULT_TIMEOUT_MS);
    const cause = this.#latestError;
    return new DeadlineExceededError(`${message}\n${this.describe()}`, cause === undefined ? {} : { cause });
  }

  /** What was seen, for messages. */
  describe(): string {
    const { on = [] } = this.#options;
    const sources = `${on.length} ${on.length === 1 ? 'source' : 'sources'} of events`;
    const counted = `${this.#looks} ${this.#looks === 1 ? 'look' : 'looks'}`;
    const open = this.#isLooking ? ', the last of which has no answer' : '';
    return `Seen in ${counted}${open}, with ${sources}:\n${this.#history.toString()}`;
  }

  #happened(): void {
    queueMicrotask(() => this.#lookNow('event'));
    afterTurn(() => {
      this.#lookNow('event');
      afterTurn(() => this.#lookNow('event'));
    });
  }

  #lookNow(cause: Cause): void {
    if (this.#settle === undefined) return;
    if (this.#isLooking) {
      if (this.#again !== 'event') this.#again = cause;
      return;
    }
    this.#isLooking = true;
    this.#looks++;
    try {
      const look = this.#look();
      if (!isPromiseLike(look)) return this.#answered(look, cause);
      look.then(
        (answer) => this.#answered(answer, cause),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #answered(look: Look<T>, by: Cause): void {
    if (this.#settle === undefined) return;
    this.#isLooking = false;
    this.#latestError = look.error;
    this.#history.add(realDeadlines.now() - this.#began, show('error' in look ? look.error : look.value));
    if (look.passed) return this.#pass(look.value, by);
    const again = this.#again;
    this.#again = undefined;
    if (again !== undefined) this.#lookNow(again);
    else this.#lookLater();
  }

  #lookLater(): void {
    const { interval = LONGEST_PAUSE_MS } = this.#options;
    if (interval === false || this.#next !== undefined) return;
    this.#pause = nextPause(this.#pause, { first: 1, longest: interval });
    this.#next = realDeadlines.add(realDeadlines.now() + this.#pause, () => {
      this.#next = undefined;
      this.#lookNow('polling');
    });
  }

  #pass(value: T, by: Cause): void {
    const elapsed = realDeadlines.now() - this.#began;
    const result = { value, by, looks: this.#looks, elapsed, history: this.#history.entries };
    const settle = this.#end();
    try {
      if (by === 'polling') this.#options.onFallback?.({ ...result, message: this.#fallbackMessage(elapsed) });
      settle?.resolve(result);
    } catch (error) {
      settle?.reject(error);
    }
  }

  #fallbackMessage(elapsed: number): string {
    const advice =
      (this.#options.on ?? []).length === 0 ? "pass what tells of it as 'on'" : "nothing in 'on' told of it";
    return `Passed by polling, not by an event: ${this.#what}, after ${elapsed.toFixed(1)} ms; ${advice}`;
  }

  #fail(error: unknown): void {
    this.#end()?.reject(error);
  }

  /** It may never tell again. What is true now still counts. */
  #sourceFailed(error: unknown): void {
    queueMicrotask(() => {
      this.#lookNow('event');
      this.#fail(error);
    });
  }

  /** With a last look: the thread may have been busy until now. */
  #expire(): void {
    this.#lookNow('polling');
    this.#end()?.resolve(undefined);
  }

  /** Leaves nothing behind. Undefined if the wait was over already. */
  #end(): Settle<T> | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#next?.cancel();
    for (const undo of this.#undo.splice(0)) undo();
    return settle;
  }
}

function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/**
 * Work that is done again and again, and waits in between for whichever comes first: its time, or somebody who asks.
 *
 *     stopped ── start ──> running <── pause, resume ──> paused
 *        ^                     └────────────┬───────────────┘
 *        └───── no run goes on ──── stopping <── stop, signal
 *
 * There is one wait at most, a deadline that `trigger`, `pause`, `setInterval` and `stop` take away at once; and one
 * run at most. Whatever changes calls `#plan`, which waits for the next tick or leaves that to the end of the run that
 * goes on.
 */
import { DeadlineExceededError, LifecycleError, TaskCancelledError } from '../errors.ts';
import { type Deadline, type Deadlines, deadlines } from '../signal/deadlines.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import { deadlinesFor } from './deadlines.ts';
import { limitsOf } from './interruption.ts';
import { checkInterval } from './option-checks.ts';
import { checkPollerOptions, type PollerOptions, type PollerWork } from './poller-options.ts';
import { CurrentRun, requestRun, type RunRequest } from './poller-run.ts';
import { PollerSchedule } from './poller-schedule.ts';
import { PollerCounters, type PollerState, type PollerStats, type RunEnd } from './poller-stats.ts';
import { addStartedPoller, removeStartedPoller } from './started-pollers.ts';
import { runWithin } from './timeout.ts';

/** How a poller is stopped. */
export interface PollerStopOptions extends WaitOptions {
  /**
   * Whether the signal of a run that goes on is aborted.
   *
   * @default {false}
   */
  readonly abortRun?: boolean | undefined;
}

/**
 * Runs `work` every `interval` milliseconds, one run at a time, until it is stopped.
 *
 * While it waits it uses one timer and no wake-ups; `trigger` and `stop` end the wait at once. A run that fails is
 * counted, `onError` is told, and polling goes on.
 *
 * @example
 * ```ts
 * const poller = new Poller((signal) => refreshPrices({ signal }), { interval: 60_000, errorInterval: 5_000 }).start();
 * const prices = await poller.trigger(); // of a run that began after this call
 * await poller.stop();
 * ```
 */
export class Poller<T = unknown> {
  readonly #work: PollerWork<T>;
  readonly #options: PollerOptions;
  readonly #name: string;
  readonly #hold = new LoopHold();
  readonly #counters = new PollerCounters();
  #state: PollerState = 'stopped';
  #interval: number;
  #time: Deadlines = deadlines();
  #schedule: PollerSchedule | undefined;
  #missedBefore = 0;
  #deadline: Deadline | undefined;
  #request: RunRequest<T> | undefined;
  #isBeginning = false;
  #current: CurrentRun | undefined;
  /** Fulfilled when the current run, or the last one, has ended. */
  #ended: Promise<void> = Promise.resolve();

  /** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
  constructor(work: PollerWork<T>, options: PollerOptions) {
    if (typeof work !== 'function') throw new TypeError(`Expected the work to be a function, got ${describe(work)}`);
    checkPollerOptions(options);
    this.#work = work;
    this.#options = options;
    this.#interval = options.interval;
    this.#name = options.name ?? (work.name === '' ? 'poller' : work.name);
  }

  /**
   * Begins to run; does nothing if it has begun already. It may be started again once it has stopped.
   *
   * @throws the reason of the signal if that is aborted already
   * @throws {LifecycleError} while it stops
   */
  start(): this {
    const { signal, ref = true, clock } = this.#options;
    if (this.#isStarted) return this;
    if (this.#state === 'stopping') throw this.#refusal('start', 'it is still stopping: await stop() first');
    signal?.throwIfAborted();
    this.#time = deadlinesFor(clock);
    this.#schedule = new PollerSchedule(this.#options, this.#interval, this.#time.now());
    this.#state = 'running';
    if (ref) this.#hold.hold();
    addStartedPoller(this, ref);
    signal?.addEventListener('abort', this.#onAbort);
    if (this.#schedule.nextAt <= this.#time.now()) this.#beginSoon();
    else this.#plan();
    return this;
  }

  /**
   * Runs now, or right after the run that goes on, and resolves to the outcome: always of a run that starts after this
   * call. Calls that come before it starts share one run. The ticks of a fixed interval stay where they are; a paused
   * poller runs this once.
   *
   * It may be ignored: a failure is still counted, and told to `onError`. Do not await it in the work itself, which
   * would wait for its own end.
   *
   * @throws {LifecycleError} if the poller is not started
   * @throws {TaskCancelledError} if it is stopped before the run starts; also what the run fails with
   */
  trigger(options: WaitOptions = {}): Promise<T> {
    try {
      checkWaitOptions(options);
      if (!this.#isStarted) throw this.#refusal('trigger', `it is ${this.#state}: call start() first`);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#request ??= requestRun<T>(this.#time.now());
    if (this.#current === undefined) this.#beginSoon();
    const outcome = this.#waitFor(this.#request.outcome, 'triggered run', options);
    // Whoever asked may have lost interest: the error shows elsewhere, too.
    outcome.catch(() => {});
    return outcome;
  }

  /** No tick starts a run until `resume`; a run that goes on does. Does nothing if it is not running. */
  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#plan();
  }

  /** Goes on after `pause`; if ticks came due meanwhile, with one run at once. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    if (this.#current === undefined) this.#schedule?.resume(this.#time.now());
    this.#plan();
  }

  /** Changes the interval, also of the wait that goes on: it is counted from where that began. */
  setInterval(ms: number): void {
    checkInterval('interval', ms);
    this.#interval = ms;
    this.#schedule?.changeInterval(ms, this.#time.now());
    this.#plan();
  }

  /**
   * Starts no more runs, and resolves when the one that goes on has ended: at once if none does. Called from within the
   * work, it does not wait for that.
   *
   * @throws {DeadlineExceededError} if the run has not ended after `timeout` milliseconds, or the signal's reason; the
   *   poller stops all the same once the run ends
   */
  stop(options: PollerStopOptions = {}): Promise<void> {
    try {
      checkWaitOptions(options);
      const { abortRun = false } = options;
      if (typeof abortRun !== 'boolean') {
        throw new TypeError(`Expected option 'abortRun' to be a boolean, got ${describe(abortRun)}`);
      }
      // Its own end is the one thing that the work cannot wait for.
      const ended = this.#current?.isCaller === true ? Promise.resolve() : this.#ended;
      this.#stop(abortRun, this.#cancelled());
      return this.#waitFor(ended, 'last run', options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Stops, and waits for the run that goes on. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** What it has done, and what it waits for. */
  stats(): PollerStats {
    const { started: _, ...counted } = this.#counters;
    return {
      ...counted,
      name: this.#name,
      state: this.#state,
      isBusy: this.#current !== undefined,
      missed: this.#missedBefore + (this.#schedule?.missed ?? 0),
      failuresInARow: this.#schedule?.failures ?? 0,
      nextAt: this.#deadline?.at,
    };
  }

  get #isStarted(): boolean {
    return this.#state === 'running' || this.#state === 'paused';
  }

  readonly #onAbort = (): void => this.#stop(true, this.#options.signal?.reason);

  /** Waits for the next tick, or for those who asked; unless there is something else to do first. */
  #plan(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (this.#current !== undefined || this.#isBeginning || !this.#isStarted) return;
    const tick = this.#state === 'running' ? (this.#schedule?.nextAt ?? Infinity) : Infinity;
    const at = this.#request === undefined ? tick : this.#time.now();
    // Also for what is due already: from one run to the next the event loop has its turn.
    if (at !== Infinity) this.#deadline = this.#time.add(at, this.#begin);
  }

  /** In a microtask: those who call `trigger` in one go share a run. */
  #beginSoon(): void {
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    queueMicrotask(this.#begin);
  }

  readonly #begin = (): void => {
    this.#isBeginning = false;
    if (this.#current !== undefined || !this.#isStarted) return;
    const now = this.#time.now();
    const schedule = this.#schedule;
    const request = this.#request;
    const isTick = this.#state === 'running' && schedule !== undefined && schedule.nextAt <= now;
    if (isTick || request !== undefined) {
      const due = isTick ? schedule.start(now) : (request?.at ?? now);
      this.#request = undefined;
      const run = this.#counters.countStart(now);
      const current = new CurrentRun({ run, due, triggered: request !== undefined }, now);
      this.#current = current;
      this.#ended = current.perform(this.#work, request, (how, error) => this.#end(current, how, error));
    }
    this.#plan();
  };

  #end(current: CurrentRun, how: RunEnd, error: unknown): void {
    const now = this.#time.now();
    this.#current = undefined;
    this.#counters.countEnd(how, now - current.startedAt, current.info.triggered);
    this.#schedule?.end(current.startedAt, now, how === 'failed');
    if (how === 'failed') this.#reportFailure(error, current);
    if (this.#state === 'stopping') this.#finish();
    this.#plan();
  }

  #reportFailure(error: unknown, { info }: CurrentRun): void {
    this.#counters.lastError = error;
    try {
      this.#options.onError?.(error, info);
    } catch (thrown) {
      // Uncaught, as an error of any callback; polling goes on.
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }

  /** @param reason - what the signal of the run that goes on is aborted with */
  #stop(abortRun: boolean, reason: unknown): void {
    if (this.#isStarted) {
      this.#state = 'stopping';
      this.#plan();
      this.#request?.reject(this.#cancelled());
      this.#request = undefined;
    }
    if (abortRun) this.#current?.abort(reason);
    if (this.#state === 'stopping' && this.#current === undefined) this.#finish();
  }

  #finish(): void {
    this.#state = 'stopped';
    this.#missedBefore += this.#schedule?.missed ?? 0;
    this.#schedule = undefined;
    this.#hold.release();
    removeStartedPoller(this);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  #waitFor<R>(outcome: Promise<R>, what: string, { signal, timeout, ref }: WaitOptions): Promise<R> {
    const late = (): Error =>
      new DeadlineExceededError(`The ${what} of poller '${this.#name}' did not end within ${timeout} ms`);
    return runWithin(() => outcome, limitsOf({ signal, timeout, ref }, this.#time), late);
  }

  #cancelled(): TaskCancelledError {
    return new TaskCancelledError(`Poller '${this.#name}' was stopped`);
  }

  #refusal(action: string, why: string): LifecycleError {
    return new LifecycleError(`Cannot ${action} poller '${this.#name}': ${why}`);
  }
}

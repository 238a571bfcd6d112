/**
 * When a poller runs next: arithmetic on times that it is told, with no clock and no timer of its own.
 *
 * `due` is the tick that is waited for, on a grid that starts with the schedule and is moved only where that is what
 * the options ask for (after an error, by 'delay', by `resume`): each tick is the one before plus the interval, never
 * "now plus the interval", so that lateness does not add up. `nextAt` is when it is waited for: `due` and a jitter that
 * the grid knows nothing of.
 *
 * The names of the policies for missed ticks are tokio's
 * (https://docs.rs/tokio/latest/tokio/time/enum.MissedTickBehavior.html); 'skip' differs in that a late tick does not
 * run at once.
 */
import { Backoff } from './backoff/backoff.ts';
import type { PollerOptions } from './poller-options.ts';

/** The schedule of one poller from its start to its stop. */
export class PollerSchedule {
  readonly #options: PollerOptions;
  readonly #backoff: Backoff | undefined;
  #interval: number;
  /** The time that the interval before `due` began at: a tick, or the end of a run. */
  #base: number;
  #due: number;
  #nextAt: number;
  #missed = 0;
  #failures = 0;
  /** Whether what is waited for is the time that an error asks for, which is on no grid. */
  #isAfterError = false;

  constructor(options: PollerOptions, interval: number, now: number) {
    this.#options = options;
    this.#interval = interval;
    this.#backoff = options.backoff === undefined ? undefined : new Backoff(options.backoff);
    this.#base = now;
    this.#due = now;
    this.#nextAt = now;
    if (options.immediate === false) this.#waitFor(now + interval);
  }

  /** When the next tick is to be waited for. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** How many ticks never ran. */
  get missed(): number {
    return this.#missed;
  }

  /** How many runs in a row have failed. */
  get failures(): number {
    return this.#failures;
  }

  /** The tick that was due runs from `now` on. Returns when it was due. */
  start(now: number): number {
    const late = Math.floor((now - this.#nextAt) / this.#interval);
    // The timer itself came late by whole intervals: the event loop was blocked, or the machine slept.
    if (late >= 1 && this.#mode === 'fixed' && this.#policy !== 'burst') {
      this.#missed += late;
      this.#due = this.#policy === 'skip' ? this.#due + late * this.#interval : now;
    }
    this.#base = this.#due;
    return this.#due;
  }

  /**
   * A run has ended.
   *
   * @param startedAt - when it began
   */
  end(startedAt: number, now: number, failed: boolean): void {
    if (failed && this.#failAt(now)) return;
    if (!failed) this.#recover(startedAt);
    if (this.#mode === 'spaced') this.#base = now;
    this.#waitFor(this.#base + this.#interval);
    if (this.#due < now) this.#catchUp(now);
  }

  /** A new interval, counted from where the one that passes was counted from. */
  changeInterval(ms: number, now: number): void {
    this.#interval = ms;
    // What is due already, and what waits after an error, is not about the interval.
    if (this.#nextAt <= now || this.#isAfterError) return;
    this.#waitFor(Math.max(now, this.#base + ms));
  }

  /** After a pause: what came due meanwhile runs once, and the grid goes on from there. */
  resume(now: number): void {
    if (this.#nextAt >= now) return;
    if (!this.#isAfterError) this.#missed += Math.floor(Math.max(0, now - this.#due) / this.#interval);
    this.#due = now;
    this.#nextAt = now;
  }

  get #mode(): 'fixed' | 'spaced' {
    return this.#options.mode ?? 'fixed';
  }

  get #policy(): 'skip' | 'delay' | 'burst' {
    return this.#options.missed ?? 'skip';
  }

  /** Returns whether errors have a pace of their own. */
  #failAt(now: number): boolean {
    this.#failures++;
    const delay = this.#backoff?.next() ?? this.#options.errorInterval;
    if (delay === undefined) return false;
    this.#isAfterError = true;
    this.#due = now + delay;
    this.#nextAt = this.#due;
    return true;
  }

  #recover(startedAt: number): void {
    // The grid of before the errors is gone: a new one begins with this run, which may have been triggered.
    if (this.#isAfterError) this.#base = startedAt;
    this.#isAfterError = false;
    this.#failures = 0;
    this.#backoff?.reset();
  }

  #catchUp(now: number): void {
    if (this.#policy === 'burst') return;
    const behind = (now - this.#due) / this.#interval;
    if (this.#policy === 'skip') {
      // A point of the grid that is just now is not missed.
      const skipped = Math.ceil(behind);
      this.#missed += skipped;
      this.#waitFor(this.#due + skipped * this.#interval);
    } else {
      this.#missed += Math.floor(behind);
      this.#due = now;
      this.#nextAt = now;
    }
  }

  #waitFor(due: number): void {
    const { jitter = 0, random = Math.random } = this.#options;
    this.#due = due;
    this.#nextAt = jitter === 0 || due === Infinity ? due : due + random() * jitter * this.#interval;
  }
}

/**
 * A clock for tests: time moves only when it is told to, and everything that is due on the way happens, in order.
 *
 * Deadlines are exact here. On a real clock one timer serves all deadlines of a thread, in whole milliseconds; this
 * clock goes by the very time that the timer is for. Between two of them the promise jobs of the program run to their
 * end, so code that awaits one sleep and then begins another sleeps on from there, as it would in real time.
 */
import { runtime, type Timer } from '../runtime.ts';
import type { Clock } from '../pacing/clock.ts';
import { deadlinesOn } from '../pacing/deadlines.ts';
import { replaceClock } from '../signal/deadline-source.ts';
import { describe } from '../signal/wait-options.ts';

/** Where a virtual clock begins, and when it takes a program for one that never comes to rest. */
export interface VirtualClockOptions {
  /**
   * The time that it shows at first, in milliseconds.
   *
   * @default {0}
   */
  readonly now?: number | undefined;
  /**
   * How many timers may fire at one instant: more are an endless loop.
   *
   * @default {100_000}
   */
  readonly limit?: number | undefined;
}

interface VirtualTimer {
  readonly at: number;
  readonly callback: () => void;
  /** Whether it is for a set of deadlines, which knows best what is still due. */
  readonly isShared: boolean;
}

/**
 * Time that a test moves.
 *
 * @example
 * ```ts
 * using clock = new VirtualClock().install();
 * const woken = sleep(3_600_000);
 * await clock.advance(3_600_000); // at once
 * await woken;
 * ```
 */
export class VirtualClock implements Clock {
  readonly #limit: number;
  #now: number;
  /** By time; those of one time in the order in which they were set. */
  #timers: VirtualTimer[] = [];
  #isMoving = false;
  readonly #uninstall: Array<() => void> = [];

  constructor(options: VirtualClockOptions = {}) {
    const { now = 0, limit = 100_000 } = options;
    checkTime('now', now, -Infinity);
    checkTime('limit', limit, 1);
    this.#now = now;
    this.#limit = limit;
  }

  /** The virtual time, in milliseconds. */
  now(): number {
    return this.#now;
  }

  /** How many deadlines and timers wait. 0 at the end of a test says that nothing was left behind. */
  get pending(): number {
    return deadlinesOn(this).size + this.#timers.filter(({ isShared }) => !isShared).length;
  }

  /** When the next of them is due. Infinity: never. */
  get next(): number {
    const own = this.#timers.find(({ isShared }) => !isShared)?.at ?? Infinity;
    return Math.min(deadlinesOn(this).next, own);
  }

  /** Moves time by `ms`, and resolves when everything that was due on the way has happened. */
  advance(ms: number): Promise<void> {
    try {
      checkTime('ms', ms, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.advanceTo(this.#now + ms);
  }

  /**
   * Moves time to `time`, and resolves when everything that was due on the way has happened.
   *
   * @throws {RangeError} if that is in the past
   */
  async advanceTo(time: number): Promise<void> {
    checkTime('time', time, this.#now);
    await this.#move(async () => {
      await this.#fireUntil(time);
      this.#now = Math.max(this.#now, time);
    });
  }

  /** Moves time to the next instant at which something is due. Resolves to whether there was one. */
  async runNext(): Promise<boolean> {
    await turn();
    const { next } = this;
    if (next === Infinity) return false;
    await this.advanceTo(Math.max(next, this.#now));
    return true;
  }

  /** Makes this the clock of the calling thread until it is disposed of: for waits that begin from now on. */
  install(): this {
    this.#uninstall.push(replaceClock(this));
    return this;
  }

  /** Gives the thread back the clock that it had. What waits on this one goes on to. */
  [Symbol.dispose](): void {
    this.#uninstall.pop()?.();
  }

  /** What a blocking sleep does: time passes, and nothing else of the thread happens meanwhile. */
  block(ms: number): void {
    checkTime('ms', ms, 0);
    this.#now += ms;
  }

  setTimer(callback: () => void, ms: number, exactly?: number): Timer {
    const at = exactly ?? this.#now + Math.max(0, ms);
    const timer = { at, callback, isShared: exactly !== undefined };
    const place = this.#timers.findIndex((other) => other.at > at);
    this.#timers.splice(place < 0 ? this.#timers.length : place, 0, timer);
    return {
      cancel: () => {
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      },
    };
  }

  async #move(move: () => Promise<void>): Promise<void> {
    if (this.#isMoving) throw new Error('Cannot advance the clock while it is being advanced: await that first');
    this.#isMoving = true;
    try {
      await move();
    } finally {
      this.#isMoving = false;
    }
  }

  async #fireUntil(time: number): Promise<void> {
    let fired = 0;
    for (;;) {
      await turn();
      const [timer] = this.#timers;
      if (timer === undefined || timer.at > time) return;
      fired = timer.at > this.#now ? 1 : fired + 1;
      if (fired > this.#limit) {
        throw new Error(
          `Cannot advance the clock past ${this.#now} ms: ${fired - 1} timers fired there, and more came`,
        );
      }
      this.#now = Math.max(this.#now, timer.at);
      this.#timers.shift();
      timer.callback();
    }
  }
}

/** All promise jobs run before the event loop gets to this. */
function turn(): Promise<void> {
  return new Promise((resolve) => runtime().defer(resolve));
}

function checkTime(name: string, value: unknown, least: number): void {
  if (typeof value !== 'number') throw new TypeError(`Expected '${name}' to be a number, got ${describe(value)}`);
  if (value >= least && Number.isFinite(value)) return;
  throw new RangeError(`Expected '${name}' to be a finite number of at least ${least}, got ${value}`);
}

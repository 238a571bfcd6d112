/** Holds that a piece of code gives back what it took. */
import { AssertionError } from 'node:assert';
import { describe } from '../signal/wait-options.ts';
import { type Holdings, holdingsNow, holdingsOfNobody, type Leak, leaksBetween, listLeaks } from './leaks.ts';
import { realTime } from './real-time.ts';

/** How leaks are looked for. */
export interface LeakOptions {
  /**
   * Milliseconds that things which end a little later (a thread, a socket that closes) are given to do so. Nothing is
   * waited for once nothing is left.
   *
   * @default {1000}
   */
  readonly grace?: number | undefined;
  /** Names of the runtime's resources that do not count, such as `Timeout`. */
  readonly ignore?: readonly string[] | undefined;
}

const DEFAULT_GRACE_MS = 1_000;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 20;

/** What was held when this was loaded: for those who ask once, at the end. */
const atLoad = holdingsOfNobody();

/**
 * Knows what was held at a moment, and tells what has come since and not gone: pools, pollers, lifecycles, tasks of
 * groups, threads, deadlines, waits, blocks of shared memory, and what the runtime says keeps the process alive (Node:
 * all handles and timers; Deno: timers; Bun does not tell).
 */
export class LeakTracker implements Disposable, AsyncDisposable {
  readonly #before: Holdings;
  readonly #grace: number;
  readonly #ignored: readonly string[];

  constructor(options: LeakOptions = {}, before: Holdings = holdingsNow()) {
    checkLeakOptions(options);
    this.#before = before;
    this.#grace = options.grace ?? DEFAULT_GRACE_MS;
    this.#ignored = options.ignore ?? [];
  }

  /** What is held now and was not at first. */
  leaks(): Leak[] {
    return leaksBetween(this.#before, holdingsNow(), this.#ignored);
  }

  /**
   * Resolves once nothing is left.
   *
   * @throws {AssertionError} that lists what is left after the grace
   */
  async check(): Promise<void> {
    const left = await new Promise<Leak[]>((resolve) =>
      this.#look(realTime.now() + this.#grace, FIRST_PAUSE_MS, resolve),
    );
    if (left.length > 0) throw leaked(left, `after ${this.#grace} ms`);
  }

  /** @throws {AssertionError} that lists what is held at this moment: a synchronous end waits for nothing. */
  [Symbol.dispose](): void {
    const left = this.leaks();
    if (left.length > 0) throw leaked(left, 'at the end');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.check();
  }

  /** Nobody tells of what is given back. This timer is over before anything is counted, so it is not. */
  #look(until: number, pause: number, done: (left: Leak[]) => void): void {
    const left = this.leaks();
    const rest = until - realTime.now();
    if (left.length === 0 || rest <= 0) return done(left);
    realTime.setTimer(() => this.#look(until, Math.min(pause * 2, LONGEST_PAUSE_MS), done), Math.min(pause, rest));
  }
}

/**
 * Tells from now on what comes and does not go.
 *
 * @example
 * ```ts
 * await using leaks = trackLeaks(); // fails at the end of the block if something is left
 * const pool = createPool(new URL('./tasks.js', import.meta.url));
 * await pool.close();
 * ```
 */
export function trackLeaks(options: LeakOptions = {}): LeakTracker {
  return new LeakTracker(options);
}

/**
 * Runs `body` and rejects if it leaves something behind. Without `body`: rejects if the engine holds anything at all,
 * or the runtime more than when `reveille/testing` was loaded.
 *
 * @returns what `body` returns
 * @throws {AssertionError} that lists what is left: pools, pollers, threads, deadlines, waits, shared memory, handles;
 *   what `body` throws
 * @example
 * ```ts
 * await expectNoLeaks(async () => {
 *   const pool = createPool(new URL('./tasks.js', import.meta.url));
 *   await pool.tasks.double(21);
 *   await pool.close();
 * });
 * afterAll(() => expectNoLeaks());
 * ```
 */
export async function expectNoLeaks(body?: undefined, options?: LeakOptions): Promise<void>;
export async function expectNoLeaks<T>(body: () => T | PromiseLike<T>, options?: LeakOptions): Promise<T>;
export async function expectNoLeaks<T>(
  body?: () => T | PromiseLike<T>,
  options: LeakOptions = {},
): Promise<T | undefined> {
  if (body !== undefined && typeof body !== 'function') {
    throw new TypeError(`Expected 'body' to be a function, got ${describe(body)}`);
  }
  const tracker = new LeakTracker(options, body === undefined ? atLoad : holdingsNow());
  const result = await body?.();
  await tracker.check();
  return result;
}

function leaked(left: readonly Leak[], when: string): AssertionError {
  const message = `Left behind ${when}:\n${listLeaks(left)}`;
  return new AssertionError({ message, actual: left, expected: [], operator: 'expectNoLeaks' });
}

function checkLeakOptions({ grace, ignore }: LeakOptions): void {
  if (grace !== undefined && typeof grace !== 'number') {
    throw new TypeError(`Expected option 'grace' to be a number, got ${describe(grace)}`);
  }
  if (grace !== undefined && !(grace >= 0)) {
    throw new RangeError(`Expected option 'grace' to be 0 or more milliseconds, got ${grace}`);
  }
  if (ignore !== undefined && !Array.isArray(ignore)) {
    throw new TypeError(`Expected option 'ignore' to be an array of names, got ${describe(ignore)}`);
  }
}

/** Starts something and waits until it says that it can be used, instead of for a length of time. */
import { NotReadyError } from '../errors.ts';
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import { checkWaitOptions, describe } from '../signal/wait-options.ts';
import { waitAny, type Waitable } from '../signal/wait-any.ts';
import { HealthPoll } from './health-poll.ts';
import { messageOf } from './lifecycle-report.ts';

/** How long a start may take unless told. */
const TIMEOUT_MS = 30_000;

/** Options for {@linkcode startWithReadiness}. At least one of `ready` and `health` is needed. */
export interface ReadinessOptions<T> {
  /** What it is called in messages. @default 'it' */
  readonly name?: string | undefined;
  /** What it is ready with: a primitive, a promise, a signal that is aborted; or a function that finds it. */
  readonly ready?: Waitable | ((handle: T) => Waitable) | undefined;
  /**
   * For what cannot say that it is ready: asked again and again, first after 1 ms and at most every 50 ms, until it
   * neither throws nor returns false. With `ready` as well, whichever comes first counts.
   */
  readonly health?: ((handle: T, signal: AbortSignal) => unknown) | undefined;
  /**
   * Settles if it ends, which it must not before it is ready. By default the `exited` of what `start` returns, if that
   * is a promise.
   */
  readonly exited?: ((handle: T) => PromiseLike<unknown>) | undefined;
  /** Milliseconds for all of it. @default 30000 */
  readonly timeout?: number | undefined;
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `start` and waits until what it has started is ready. If that does not come to pass, the signal that `start`
 * was given fires, so that it can take back what it has started.
 *
 * @returns what `start` returned
 * @throws {NotReadyError} if it was not ready in time, ended first or could not be started, with what was missing, what
 *   was seen last, and the error behind it as `cause`; the reason of `options.signal`
 * @example
 * ```ts
 * const ready = new ManualResetEvent();
 * const worker = await startWithReadiness((signal) => startWorker({ ready, signal }), { ready, name: 'indexer' });
 *
 * const database = await startWithReadiness(() => startDatabase(), {
 *   name: 'database',
 *   health: (database) => database.ping(),
 *   timeout: 10_000,
 * });
 * ```
 */
export async function startWithReadiness<T>(
  start: (signal: AbortSignal) => T | PromiseLike<T>,
  options: ReadinessOptions<T>,
): Promise<T> {
  if (typeof start !== 'function') throw new TypeError(`Expected 'start' to be a function, got ${describe(start)}`);
  checkOptions(options);
  options.signal?.throwIfAborted();
  const attempt = new Attempt(options);
  try {
    const handle = await attempt.start(start);
    await attempt.ready(handle);
    return handle;
  } catch (error) {
    attempt.fail(error);
    throw error;
  } finally {
    attempt.over();
  }
}

/** One start, and what is known of it. */
class Attempt<T> {
  readonly #options: ReadinessOptions<T>;
  readonly #name: string;
  readonly #timeout: number;
  /** Ends the waits below: aborted by the caller's signal, or when time is up. */
  readonly #end = new AbortController();
  /** What `start` and `health` are given. */
  readonly #controller = new AbortController();
  readonly #deadline: Deadline;
  readonly #abort = (): void => this.#end.abort();
  #isLate = false;
  #poll: HealthPoll | undefined;

  constructor(options: ReadinessOptions<T>) {
    this.#options = options;
    this.#name = options.name === undefined ? 'it' : `'${options.name}'`;
    this.#timeout = options.timeout ?? TIMEOUT_MS;
    const time = deadlines();
    this.#deadline = time.add(time.now() + this.#timeout, () => {
      this.#isLate = true;
      this.#end.abort();
    });
    options.signal?.addEventListener('abort', this.#abort);
  }

  async start(start: (signal: AbortSignal) => T | PromiseLike<T>): Promise<T> {
    const started = (async () => await start(this.#controller.signal))();
    await this.#first([started], 'its start failed');
    // The wait has been ended: by the caller, or because time is up.
    if (this.#end.signal.aborted) throw this.#ended('its start has not returned', undefined);
    return await started;
  }

  async ready(handle: T): Promise<void> {
    const { ready, health, exited = exitOf } = this.#options;
    const things: Waitable[] = [];
    if (ready !== undefined) things.push(typeof ready === 'function' ? ready(handle) : ready);
    if (health !== undefined) {
      this.#poll = new HealthPoll(() => health(handle, this.#controller.signal));
      things.push(this.#poll.passed);
    }
    let exit: { readonly error?: unknown } | undefined;
    const ended = exited(handle)?.then(
      () => void (exit = {}),
      (error: unknown) => void (exit = { error }),
    );
    const index = await this.#first(ended === undefined ? things : [...things, ended], 'its ready signal failed');
    if (index !== undefined && index < things.length) return;
    const missing = ready === undefined ? [] : ['its ready signal has not come'];
    const seen = [...missing, ...(this.#poll === undefined ? [] : [this.#poll.seen])].join('; ');
    if (index === undefined) throw this.#ended(seen, this.#poll?.lastError);
    const { error } = exit ?? {};
    const how = error === undefined ? 'it ended before it was ready' : `it ended with ${messageOf(error)}`;
    throw this.#notReady(`${how}; ${seen}`, error ?? this.#poll?.lastError);
  }

  /** What was started is told that it is not wanted. */
  fail(error: unknown): void {
    this.#controller.abort(error);
  }

  over(): void {
    this.#poll?.stop();
    this.#deadline.cancel();
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }

  /** The index of the first thing that happens; undefined if the wait has been ended. */
  async #first(things: readonly Waitable[], failure: string): Promise<number | undefined> {
    try {
      return await waitAny(things, { signal: this.#end.signal });
    } catch (error) {
      if (this.#end.signal.aborted) return undefined;
      throw this.#notReady(`${failure}: ${messageOf(error)}`, error);
    }
  }

  #ended(seen: string, cause: unknown): unknown {
    if (!this.#isLate) return this.#options.signal?.reason;
    return this.#notReady(`not ready after ${this.#timeout} ms: ${seen}`, cause);
  }

  #notReady(why: string, cause: unknown): NotReadyError {
    return new NotReadyError(`Cannot start ${this.#name}: ${why}`, cause === undefined ? {} : { cause });
  }
}

function exitOf(handle: unknown): PromiseLike<unknown> | undefined {
  if (typeof handle !== 'object' || handle === null) return undefined;
  const { exited } = handle as { readonly exited?: Partial<PromiseLike<unknown>> };
  return typeof exited?.then === 'function' ? (exited as PromiseLike<unknown>) : undefined;
}

function checkOptions(options: ReadinessOptions<never>): void {
  checkWaitOptions(options);
  const { name, ready, health, exited } = options;
  if (name !== undefined && typeof name !== 'string') {
    throw new TypeError(`Expected option 'name' to be a string, got ${describe(name)}`);
  }
  if (ready === undefined && health === undefined) {
    throw new TypeError("Expected option 'ready' to be what tells of readiness, or option 'health' to be a function");
  }
  for (const [option, value] of Object.entries({ health, exited })) {
    if (value === undefined || typeof value === 'function') continue;
    throw new TypeError(`Expected option '${option}' to be a function, got ${describe(value)}`);
  }
}

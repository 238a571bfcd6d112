/** A remote object that outlives its connection: when that is lost, another one is opened. */
import type { Remote } from 'comlink';
import { PeerGoneError, ProtocolError } from '../errors.ts';
import type { BackoffOptions } from '../pacing/backoff/backoff.ts';
import { checkCallback, checkCount } from '../pacing/option-checks.ts';
import { retry } from '../pacing/retry.ts';
import { waitWithin } from '../pacing/timeout.ts';
import { checkWaitOptions, describe } from '../signal/wait-options.ts';
import type { Connection } from './connection.ts';
import { wasRefused } from './refused-calls.ts';
import { remotePath } from './remote-path.ts';
import { watchEnd } from './watched-connection.ts';
import { withCall } from './with-call.ts';
import { wrap } from './wrap.ts';

/** How a client connects, and what it does about calls whose connection was lost. */
export interface ReconnectOptions<T> extends BackoffOptions {
  /** Opens a connection. Called at once, and again after each loss, until it succeeds. */
  readonly connect: (signal: AbortSignal) => Promise<Connection>;
  /**
   * How often it is tried in a row before the calls that wait reject; the next call begins anew.
   *
   * @default {Infinity}
   */
  readonly attempts?: number | undefined;
  /**
   * What may be called twice with the same effect as once, by path: `['quote', 'orders.get']`. These calls, and the
   * reading of properties, are made again on the next connection when theirs is lost; all others reject, since they may
   * have been carried out.
   */
  readonly idempotent?: readonly string[] | undefined;
  /**
   * Whether to try again after connecting has failed; if not, the calls that wait reject with that error.
   *
   * @default {unless the two sides do not understand or do not trust each other: a ProtocolError}
   */
  readonly retryIf?: ((error: unknown) => boolean) | undefined;
  /** How many connections a call may lose before it rejects: it may be what kills the other side. @default {3} */
  readonly callAttempts?: number | undefined;
  /**
   * Called with each new connection's remote object, before any call: to subscribe anew, to log in. Calls wait until it
   * has resolved; if it rejects, the connection is closed and another one opened.
   */
  readonly onConnected?: ((remote: Remote<T>) => void | Promise<void>) | undefined;
  /** Called with the reason when a connection is lost that `close` has not ended. */
  readonly onLost?: ((reason: Error) => void) | undefined;
}

/** How a single call is made. `timeout` and `signal` bound all of it, the waiting for a connection included. */
export interface ReconnectingCallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: number | undefined;
  /** Whether it may be made again if its connection is lost. @default {false} */
  readonly idempotent?: boolean | undefined;
}

interface Session<T> {
  readonly connection: Connection;
  readonly remote: Remote<T>;
}

/**
 * A client that connects again, with growing pauses, whenever its connection is lost.
 *
 * @typeParam T - what the other side exposes
 * @example
 * ```ts
 * await using client = new ReconnectingClient<PriceService>({
 *   connect: (signal) => connect({ port: 5000, signal }),
 *   idempotent: ['quote'],
 *   onConnected: (prices) => prices.subscribe(proxy(onPrice)),
 * });
 * console.log(await client.remote.quote('EUR'));
 * ```
 */
export class ReconnectingClient<T> {
  /** The remote object: its methods, members of members, and properties to read. Calls wait for a connection. */
  readonly remote: Remote<T>;
  readonly #options: ReconnectOptions<T>;
  readonly #stop = new AbortController();
  #session: Promise<Session<T>> | undefined;
  #current: Session<T> | undefined;
  /** All that have not ended: the current one, and those that take no new calls but still answer. */
  readonly #connections = new Set<Connection>();

  /** Begins to connect. @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
  constructor(options: ReconnectOptions<T>) {
    checkOptions(options);
    this.#options = options;
    const idempotent = new Set(options.idempotent);
    this.remote = remotePath((path, isRead, act) =>
      this.call((remote) => act(remote), { idempotent: isRead || idempotent.has(path.join('.')) }),
    ) as Remote<T>;
    void this.#connect();
  }

  /** Whether there is a connection at the moment. */
  get isConnected(): boolean {
    return this.#current !== undefined;
  }

  /** Resolves once there is a connection and `onConnected` is done with it. */
  async ready(options: Omit<ReconnectingCallOptions, 'idempotent'> = {}): Promise<void> {
    await this.call(() => {}, options);
  }

  /**
   * Calls `fn` with the remote object of the connection, once there is one.
   *
   * @throws {PeerGoneError} if the connection is lost meanwhile, unless it is idempotent; or once the client is closed
   * @throws {RetriesExhaustedError} if no connection could be opened
   * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason, and what `fn` throws
   */
  call<R>(fn: (remote: Remote<T>) => R | PromiseLike<R>, options: ReconnectingCallOptions = {}): Promise<R> {
    try {
      checkWaitOptions(options);
      if (this.#stop.signal.aborted) throw closedError();
      const { signal, timeout, idempotent = false } = options;
      const attempts = idempotent ? (this.#options.callAttempts ?? 3) : 1;
      const isLimited = signal !== undefined || (timeout ?? Infinity) !== Infinity;
      const work = (stop: AbortSignal): Promise<R> => this.#attempt(fn, attempts, stop, isLimited);
      return waitWithin(work, { signal, timeout }, 'The call');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes the connection and opens no other. What is in flight, and each call after that, rejects. */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(closedError());
    for (const connection of this.#connections) connection.close();
  }

  /** @internal Has calls wait for another connection from now on; those that are under way stay on theirs. */
  renew(): void {
    if (this.#current !== undefined) this.#leave(this.#current);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    // A connection that was being opened is closed once it is open.
    await this.#session?.catch(() => {});
  }

  async #attempt<R>(
    fn: (remote: Remote<T>) => R | PromiseLike<R>,
    attempts: number,
    stop: AbortSignal,
    isLimited: boolean,
  ): Promise<R> {
    for (let left = attempts; ; left--) {
      const session = await (this.#session ?? this.#connect());
      stop.throwIfAborted();
      const { remote } = session;
      try {
        // Told to stop, the other side stops.
        return await fn(isLimited ? withCall(remote as Remote<T> & object, { signal: stop }) : remote);
      } catch (error) {
        if (wasRefused(error) && !this.#stop.signal.aborted) {
          this.#leave(session);
          left++;
          continue;
        }
        if (left <= 1 || !(error instanceof PeerGoneError) || this.#stop.signal.aborted) throw error;
      }
    }
  }

  #connect(): Promise<Session<T>> {
    const { attempts = Infinity, baseDelay, maxDelay, factor, jitter, random, retryIf = isWorthTrying } = this.#options;
    const session = retry(({ signal }) => this.#open(signal), {
      ...{ attempts, baseDelay, maxDelay, factor, jitter, random },
      signal: this.#stop.signal,
      retryIf: (error) => retryIf(error),
    });
    this.#session = session;
    session.catch(() => {
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }

  async #open(signal: AbortSignal): Promise<Session<T>> {
    const connection = await this.#options.connect(signal);
    if (signal.aborted) {
      connection.close();
      throw signal.reason;
    }
    let lost: Error | undefined;
    const watched = watchEnd(connection, (reason) => {
      lost = reason;
      this.#connections.delete(watched);
      if (this.#current?.connection === watched) this.#lost(reason);
    });
    this.#connections.add(watched);
    const session = { connection: watched, remote: wrap<T>(watched) };
    try {
      await this.#options.onConnected?.(session.remote);
      // It may have ended without `onConnected` having noticed.
      if (lost !== undefined) throw lost;
    } catch (error) {
      watched.close();
      throw error;
    }
    this.#current = session;
    return session;
  }

  /** Its other side is about to end and takes no calls: those that it has taken settle on it, others go elsewhere. */
  #leave(session: Session<T>): void {
    if (this.#current === session) this.#lost(new PeerGoneError('The other side takes no more calls'));
  }

  /** Just before the calls in flight reject, so that those which are made again wait for the next connection. */
  #lost(reason: Error): void {
    this.#current = undefined;
    this.#session = undefined;
    if (this.#stop.signal.aborted) return;
    this.#connect().catch(() => {});
    this.#options.onLost?.(reason);
  }
}

/** Who does not understand or trust this side will not the next time either. */
function isWorthTrying(error: unknown): boolean {
  return !(error instanceof ProtocolError);
}

function closedError(): PeerGoneError {
  return new PeerGoneError('The client was closed');
}

function checkOptions(options: ReconnectOptions<never>): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected the options of a client to be an object, got ${describe(options)}`);
  }
  const { connect, attempts = Infinity, callAttempts = 3, idempotent = [], onConnected, onLost, retryIf } = options;
  if (typeof connect !== 'function') {
    throw new TypeError(`Expected option 'connect' to be a function, got ${describe(connect)}`);
  }
  checkCount('attempts', attempts);
  checkCount('callAttempts', callAttempts);
  checkCallback('onConnected', onConnected);
  checkCallback('onLost', onLost);
  checkCallback('retryIf', retryIf);
  if (!Array.isArray(idempotent) || !idempotent.every((name) => typeof name === 'string')) {
    throw new TypeError(`Expected option 'idempotent' to be a list of names, got ${describe(idempotent)}`);
  }
}

/**
 * An object of the other side: Comlink's `wrap` works on it as on any endpoint. What Comlink posts becomes a call, and
 * whatever ends the call becomes the one answer that Comlink waits for.
 */
import { wrap } from 'comlink';
import { DeadlineExceededError, PeerGoneError } from '../errors.ts';
import { deadlines } from '../pacing/deadlines.ts';
import { watchLimits } from '../pacing/interruption.ts';
import type { MovableValue } from '../runtime.ts';
import type { CallType } from './frames.ts';
import { type Listener, OutgoingCall } from './outgoing-call.ts';
import { thrownWire, type WireValue } from './wire-values.ts';

/** What Comlink posts. */
export interface Request {
  readonly id: string;
  readonly type: CallType | 'RELEASE';
  readonly path?: readonly string[];
  readonly argumentList?: readonly WireValue[];
  readonly value?: WireValue;
}

/** How long a call may go on. */
export interface CallLimits {
  /** Ends the call: it rejects with the signal's reason, and the other side is told. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call after which it rejects with a DeadlineExceededError, and the other side is told. */
  readonly timeout?: number | undefined;
}

/** Whoever carries calls: the link. */
export interface CallerHost {
  /** @throws {PeerGoneError} if the other side is gone; DataCloneError, if something cannot be sent */
  call(object: RemoteObject, call: OutgoingCall, request: Request, transfer: MovableValue[], isLimited: boolean): void;
  cancel(call: OutgoingCall, reason: unknown): void;
  release(object: RemoteObject): void;
}

const UNLIMITED: CallLimits = {};
const remotes = new WeakMap<object, RemoteObject>();

/** The endpoint of an object of the other side. */
export class RemoteObject {
  readonly number: number;
  readonly #host: CallerHost;
  readonly #calls = new Set<OutgoingCall>();
  #listener: Listener = () => {};
  /** Comlink's proxy of it. */
  #proxy: WeakRef<object> | undefined;
  /**
   * The same while calls are in flight: Comlink releases an object once its proxies are garbage, whether or not anybody
   * waits for an answer (https://github.com/GoogleChromeLabs/comlink/issues/692).
   */
  #kept: object | undefined;
  #isReleased = false;

  constructor(host: CallerHost, number: number) {
    this.#host = host;
    this.number = number;
  }

  /** @internal Comlink's */
  addEventListener(_type: string, listener: Listener): void {
    this.#listener = listener;
  }

  /** @internal Comlink's */
  removeEventListener(): void {}

  /** @internal Comlink's: a request */
  postMessage(request: Request, transfer: MovableValue[] = []): void {
    this.request(request, transfer, this.#listener, UNLIMITED);
  }

  /** Makes a call of what Comlink posts, and has `listener` told its outcome. */
  request(request: Request, transfer: MovableValue[], listener: Listener, limits: CallLimits): void {
    const call = new OutgoingCall(request.id, request.type === 'SET', listener, () => {
      unwatch?.();
      this.#finished(call);
    });
    let unwatch: (() => void) | undefined;
    if (request.type === 'RELEASE') {
      this.#release();
      call.settle({ type: 'RAW', value: undefined });
      return;
    }
    this.#calls.add(call);
    this.#kept ??= this.#proxy?.deref();
    try {
      this.#start(call, request, transfer, limits);
      if (limits !== UNLIMITED && !call.isSettled) unwatch = this.#watch(call, request, limits);
    } catch (error) {
      // Not thrown: Comlink would keep the call for ever.
      call.settle(thrownWire(error));
    }
  }

  /** Rejects what is in flight and tells the other side. */
  cancel(reason: unknown): void {
    for (const call of [...this.#calls]) {
      this.#host.cancel(call, reason);
      call.fail(reason);
    }
  }

  /** What a program has of it. */
  wrapped(target?: object): object {
    const proxy = wrap(this as never, target) as object;
    this.#proxy = new WeakRef(proxy);
    remotes.set(proxy, this);
    return proxy;
  }

  #start(call: OutgoingCall, request: Request, transfer: MovableValue[], limits: CallLimits): void {
    if (this.#isReleased) throw new PeerGoneError('Cannot call: the remote object was released');
    limits.signal?.throwIfAborted();
    this.#host.call(this, call, request, [...transfer], limits !== UNLIMITED);
  }

  #watch(call: OutgoingCall, request: Request, { signal, timeout = Infinity }: CallLimits): () => void {
    const time = deadlines();
    const stop = (reason: unknown): void => {
      this.#host.cancel(call, reason);
      call.fail(reason);
    };
    const name = (request.path ?? []).join('.');
    const late = (): void =>
      stop(new DeadlineExceededError(`The call of '${name}' had no answer within ${timeout} ms`));
    return watchLimits({ time, until: time.now() + timeout, signal, ref: false }, late, stop);
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.cancel(new PeerGoneError('The remote object was released while the call was in flight'));
    this.#host.release(this);
  }

  #finished(call: OutgoingCall): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#kept = undefined;
  }
}

/** What is behind something that `wrap` made. */
export function remoteBehind(wrapped: unknown): RemoteObject | undefined {
  return isObject(wrapped) ? remotes.get(wrapped) : undefined;
}

/** Notes that something is one more way to an object: to find what is behind it. */
export function noteRemote(wrapped: object, remote: RemoteObject): void {
  remotes.set(wrapped, remote);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

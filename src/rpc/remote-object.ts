/**
 * An object of the other side: Comlink's `wrap` works on it as on any endpoint. What Comlink posts becomes a call, and
 * whatever ends the call becomes the one answer that Comlink waits for.
 */
import { transferHandlers, wrap } from 'comlink';
import { DeadlineExceededError, PeerGoneError } from '../errors.ts';
import { deadlines } from '../pacing/deadlines.ts';
import { watchLimits } from '../pacing/interruption.ts';
import type { MovableValue } from '../runtime.ts';
import type { CallType } from './link-frames.ts';
import { OutgoingCall, type Settle } from './outgoing-call.ts';
import { remoteProxy } from './remote-proxy.ts';
import { thrownWire, type WireValue } from './wire-values.ts';

/** What Comlink posts. */
export interface Request {
  readonly id: string;
  readonly type: CallType | 'RELEASE';
  readonly path?: readonly string[];
  readonly argumentList?: readonly WireValue[];
  readonly value?: WireValue;
  /** Arguments that are simply copied, in place of `argumentList`. */
  readonly plain?: readonly unknown[];
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
  call(
    object: RemoteObject,
    call: OutgoingCall,
    request: Omit<Request, 'id'>,
    transfer: MovableValue[],
    isLimited: boolean,
  ): void;
  cancel(call: OutgoingCall, reason: unknown): void;
  /** The calls of an object that were sent and are not settled. */
  callsOf(object: RemoteObject): OutgoingCall[];
  release(object: RemoteObject): void;
}

/** Where Comlink takes messages. */
export type Listener = (event: { readonly data: unknown }) => void;

export const UNLIMITED: CallLimits = {};
/** With so many calls in flight, nobody looks at where each was made, and it would be much of their time. */
const MOST_TRACED = 16;
const NO_TRANSFER: readonly never[] = [];
const remotes = new WeakMap<object, RemoteObject>();

/** The endpoint of an object of the other side. */
export class RemoteObject {
  readonly number: number;
  readonly #host: CallerHost;
  #inFlight = 0;
  #listener: Listener = () => {};
  #isReleased = false;
  /** Whether it is to be released once nothing is in flight. */
  #isGarbage = false;

  readonly #finished = (): void => {
    this.#inFlight--;
    if (this.#isGarbage && this.#inFlight === 0) this.#release();
  };

  constructor(host: CallerHost, number: number) {
    this.#host = host;
    this.number = number;
  }

  /** Whether it came as an argument or a result, and is not what the other side exposes. */
  get isGiven(): boolean {
    return this.number !== 0;
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
    const { id } = request;
    if (request.type === 'RELEASE') {
      this.#discard();
      listener({ data: { id, type: 'RAW', value: undefined } });
    } else {
      const settle: Settle = ({ type, name, value }) => listener({ data: { id, type, name, value } });
      this.#make(request, [...transfer], limits, settle);
    }
  }

  /** Calls a member with plain values. */
  invoke(path: readonly [name: string], values: readonly unknown[], limits: CallLimits): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#make({ type: 'APPLY', path, plain: values }, NO_TRANSFER as never, limits, (outcome) => {
        if (outcome.type === 'RAW') resolve(outcome.value);
        else settleHandled(outcome, resolve, reject);
      });
    });
  }

  /** Rejects what is in flight and tells the other side. */
  cancel(reason: unknown): void {
    if (this.#inFlight === 0) return;
    for (const call of this.#host.callsOf(this)) {
      this.#host.cancel(call, reason);
      call.fail(reason);
    }
  }

  /** What a program has of it. */
  wrapped(): object {
    const proxy = remoteProxy({
      comlinks: wrap(this as never),
      invoke: (path, values) => this.invoke(path, values, UNLIMITED),
      release: () => this.#release(),
      isGiven: this.isGiven,
    });
    remotes.set(proxy, this);
    return proxy;
  }

  #make(request: Omit<Request, 'id'>, transfer: MovableValue[], limits: CallLimits, settle: Settle): void {
    const isTraced = this.#inFlight < MOST_TRACED;
    const call = new OutgoingCall(this, request.type === 'SET', isTraced, settle, this.#finished);
    this.#inFlight++;
    try {
      if (this.#isReleased) throw new PeerGoneError('Cannot call: the remote object was released');
      limits.signal?.throwIfAborted();
      this.#host.call(this, call, request, transfer, limits !== UNLIMITED);
      if (limits !== UNLIMITED && !call.isSettled) call.unwatch = this.#watch(call, request, limits);
    } catch (error) {
      // Not thrown: Comlink would keep the call for ever.
      call.settle(thrownWire(error));
    }
  }

  #watch(call: OutgoingCall, request: Omit<Request, 'id'>, { signal, timeout = Infinity }: CallLimits): () => void {
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

  /** The program has no more use for it. */
  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.cancel(new PeerGoneError('The remote object was released while the call was in flight'));
    this.#host.release(this);
  }

  /**
   * Its proxies are garbage. Somebody may wait for an answer all the same
   * (https://github.com/GoogleChromeLabs/comlink/issues/692).
   */
  #discard(): void {
    if (this.#inFlight === 0) this.#release();
    else this.#isGarbage = true;
  }
}

/** As Comlink settles what a transfer handler has made. */
function settleHandled(
  { name, value }: WireValue,
  resolve: (value: unknown) => void,
  reject: (reason: unknown) => void,
): void {
  try {
    resolve(transferHandlers.get(name as string)?.deserialize(value));
  } catch (error) {
    reject(error);
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

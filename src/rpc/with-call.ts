/** Limits on single calls of a remote object. */
import { wrap } from 'comlink';
import type { MovableValue } from '../runtime.ts';
import { checkWaitOptions, describe } from '../signal/wait-options.ts';
import {
  type CallLimits,
  type Listener,
  noteRemote,
  remoteBehind,
  type RemoteObject,
  type Request,
} from './remote-object.ts';
import { remoteProxy } from './remote-proxy.ts';

/** The same remote object as an endpoint of its own, whose calls have limits. */
class LimitedEndpoint {
  readonly #remote: RemoteObject;
  readonly #limits: CallLimits;
  /** The proxy that it was made from: while this one is used, that one must not be released as garbage. */
  readonly origin: object;
  #listener: Listener = () => {};

  constructor(remote: RemoteObject, origin: object, limits: CallLimits) {
    this.#remote = remote;
    this.origin = origin;
    this.#limits = limits;
  }

  addEventListener(_type: string, listener: Listener): void {
    this.#listener = listener;
  }

  removeEventListener(): void {}

  postMessage(request: Request, transfer: MovableValue[] = []): void {
    // That it is garbage says nothing about the object.
    if (request.type === 'RELEASE') this.#listener({ data: { id: request.id, type: 'RAW', value: undefined } });
    else this.#remote.request(request, transfer, this.#listener, this.#limits);
  }
}

/**
 * The same remote object, with limits on each call that is made through what is returned. Releasing that releases
 * nothing.
 *
 * A call that ends early rejects at once. The other side is told: there `currentCall().signal` is aborted with the same
 * reason, and a call that still waited for its turn is not carried out. It cannot be told whether one that was under
 * way has had an effect.
 *
 * @param remote - what `wrap` returned, or an object or function that came from the other side; not a member of one
 * @param limits - `signal`: ends the call, it rejects with the signal's reason. `timeout`: milliseconds, after which it
 *   rejects with a DeadlineExceededError
 * @throws {TypeError} if `remote` is none, and for limits that are none
 * @example
 * ```ts
 * const price = await withCall(prices, { timeout: 500, signal }).quote('EUR');
 * ```
 */
export function withCall<R extends object>(remote: R, limits: CallLimits): R {
  const object = remoteBehind(remote);
  if (object === undefined) {
    const takes = 'what wrap() returned, or an object that came from the other side';
    const got = typeof remote === 'function' ? 'a member of one, or another function' : describe(remote);
    throw new TypeError(`Expected a remote object (${takes}), got ${got}`);
  }
  checkWaitOptions(limits);
  const { signal, timeout } = limits;
  const own: CallLimits = { signal, timeout };
  const limited = remoteProxy({
    comlinks: wrap(new LimitedEndpoint(object, remote, own) as never),
    invoke: (path, values) => object.invoke(path, values, own),
    release: () => {},
    isGiven: object.isGiven,
  });
  noteRemote(limited, object);
  return limited as R;
}

/** The members of a remote object that is not there yet, by the path of their names. */
import { refuseConversion } from './refuse-conversion.ts';

/** Goes the path on a remote object, and does there what was asked for. */
export type Act = (remote: unknown) => unknown;

/** Does it once there is a remote object. */
export type Perform = (path: readonly string[], isRead: boolean, act: Act) => Promise<unknown>;

/**
 * An object whose members are functions to call and promises of values to read, as those of a remote object are.
 * Assigning and constructing are not among them: neither can wait.
 */
export function remotePath(perform: Perform, path: readonly string[] = []): unknown {
  const proxy: unknown = new Proxy(function remote() {}, {
    get(_, name) {
      if (name === Symbol.toPrimitive) return refuseConversion;
      if (typeof name === 'symbol') return undefined;
      // The whole object is no promise: `await client.remote` is the remote object.
      if (name === 'then') return path.length === 0 ? undefined : reading(perform, path);
      return remotePath(perform, [...path, name]);
    },
    apply(_, __, args: unknown[]) {
      return perform(path, false, (remote) => (memberOf(remote, path) as (...args: unknown[]) => unknown)(...args));
    },
    set() {
      throw new TypeError('Cannot assign to a member of a client that reconnects: use call((remote) => ...)');
    },
    construct() {
      throw new TypeError('Cannot construct through a client that reconnects: use call((remote) => new remote...())');
    },
  });
  return proxy;
}

/** What `await` calls: reads the member. */
function reading(perform: Perform, path: readonly string[]): PromiseLike<unknown>['then'] {
  return (onFulfilled, onRejected) =>
    perform(path, true, (remote) => memberOf(remote, path)).then(onFulfilled, onRejected);
}

function memberOf(remote: unknown, path: readonly string[]): unknown {
  return path.reduce((owner, name) => (owner as Record<string, unknown>)[name], remote);
}

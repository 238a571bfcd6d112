/**
 * What a program has of a remote object: Comlink's proxy behind one that remembers. Comlink makes a proxy with a
 * finalizer for each `remote.method` that is read, and a random text for each call; in a thousand calls that is most of
 * their time. So the members that are read are kept, and a plain call of one, the likes of `remote.add(2, 3)`, is made
 * here, as the same message. Everything else is Comlink's.
 */
import { releaseProxy, transferHandlers } from 'comlink';
import { refuseConversion } from './refuse-conversion.ts';

/** Makes a call with nothing but plain values. */
export type Invoke = (path: readonly [name: string], values: readonly unknown[]) => Promise<unknown>;

/** So many members are kept: more names than an object has are made up by somebody. */
const MOST_MEMBERS = 256;
/** Comlink's own: `proxy` and `throw`. One of the user may want to see every value. */
const OWN_HANDLERS: number = transferHandlers.size;
/** These mean something to Comlink, or to whoever meets a promise. */
const COMLINKS: ReadonlySet<string> = new Set(['then', 'bind']);

type Member = (...values: unknown[]) => unknown;

/** What the proxy is made of. */
export interface RemoteParts {
  /** The one that Comlink has made. */
  readonly comlinks: object;
  readonly invoke: Invoke;
  /** Is told that the program, and not the garbage collector, releases it. */
  readonly release: () => void;
  /** Whether the other side has given it, as an argument or a result: a callback is the likes of it. */
  readonly isGiven: boolean;
}

/**
 * The proxy that is handed out.
 *
 * A callback is often called and not waited for. It is the other side's, so that it throws or is gone must not end this
 * process: such a call may reject unhandled.
 */
export function remoteProxy({ comlinks, invoke, release, isGiven }: RemoteParts): object {
  const members = new Map<string, Member>();
  return new Proxy(comlinks, {
    get(target, name) {
      const known = members.get(name as string);
      if (known !== undefined) return known;
      if (name === Symbol.toPrimitive) return refuseConversion;
      const read = Reflect.get(target, name) as Member;
      if (name === releaseProxy) {
        return () => {
          members.clear();
          release();
          read();
        };
      }
      if (typeof name === 'symbol' || COMLINKS.has(name)) return read;
      const path = [name] as const;
      const apply = (of: Member, self: unknown, values: unknown[]): unknown => call(of, self, path, values);
      const member = new Proxy(read, { apply, get: below });
      if (members.size < MOST_MEMBERS) members.set(name, member);
      return member;
    },
    apply: (target, self, values) => leaveToComlink(target as Member, self, values as unknown[]),
  });

  /** What is read of a member: a call of it is Comlink's. */
  function below(member: Member, name: string | symbol): unknown {
    if (name === Symbol.toPrimitive) return refuseConversion;
    const read = Reflect.get(member, name) as Member;
    if (typeof name === 'symbol' || COMLINKS.has(name)) return read;
    return new Proxy(read, { apply: leaveToComlink, get: below });
  }

  function call(member: Member, self: unknown, path: readonly [name: string], values: unknown[]): unknown {
    if (transferHandlers.size === OWN_HANDLERS && values.every(isPlain)) return made(invoke(path, values));
    return leaveToComlink(member, self, values);
  }

  function leaveToComlink(member: Member, self: unknown, values: unknown[]): unknown {
    return made(Reflect.apply(member, self, values) as Promise<unknown>);
  }

  function made(promise: Promise<unknown>): Promise<unknown> {
    if (isGiven) promise.catch(() => {});
    return promise;
  }
}

function isPlain(value: unknown): boolean {
  return (typeof value !== 'object' || value === null) && typeof value !== 'function';
}

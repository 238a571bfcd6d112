/** The base of Reveille's errors, and what tells the kinds of them apart: their codes. */

/** The stable codes, one per kind of error. */
export type ReveilleErrorCode =
  | 'ERR_REVEILLE'
  | 'ERR_TASK_CANCELLED'
  | 'ERR_DEADLINE_EXCEEDED'
  | 'ERR_QUEUE_FULL'
  | 'ERR_THREAD_CRASHED'
  | 'ERR_POOL_CLOSED'
  | 'ERR_TASK_NOT_FOUND'
  | 'ERR_MODULE_LOAD'
  | 'ERR_ARENA_FULL'
  | 'ERR_TOO_MANY_THREADS'
  | 'ERR_WOULD_BLOCK'
  | 'ERR_DEADLOCK'
  | 'ERR_BARRIER_BROKEN'
  | 'ERR_CHANNEL_CLOSED'
  | 'ERR_RETRIES_EXHAUSTED'
  | 'ERR_RETRY_AFTER'
  | 'ERR_NOT_READY'
  | 'ERR_LIFECYCLE'
  | 'ERR_PORT_IN_USE'
  | 'ERR_PROCESS_EXITED'
  | 'ERR_PEER_GONE'
  | 'ERR_PROTOCOL'
  | 'ERR_RPC_REFUSED'
  | 'ERR_SERVICE_CLOSED';

interface ErrorKind {
  readonly code: ReveilleErrorCode;
  /** The `name` of its instances. */
  readonly name: string;
  /** The code of the kind that it is a special case of: its instances are of both. */
  readonly broader: ReveilleErrorCode | undefined;
}

const KIND_OF_CLASS = new Map<unknown, ErrorKind>();
const KIND_OF_CODE = new Map<unknown, ErrorKind>();

/** Says what `Class` stands for. To be called in its static block. */
export function defineKind(
  Class: abstract new (...args: never[]) => ReveilleError,
  code: ReveilleErrorCode,
  name: string,
  broader?: ReveilleErrorCode,
): void {
  const kind = { code, name, broader };
  KIND_OF_CLASS.set(Class, kind);
  KIND_OF_CODE.set(code, kind);
}

/** The base of Reveille's errors: an `Error` with a stable `code`. */
export class ReveilleError extends Error {
  static {
    defineKind(this, 'ERR_REVEILLE', 'ReveilleError');
  }

  /** Stable identifier of this kind of error; safe to switch on. */
  readonly code: ReveilleErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    const { code, name } = kindOf(new.target);
    this.code = code;
    // Own and not enumerable, as on the platform's own DOMException: stacks and loggers print it.
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true, enumerable: false });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const wanted = KIND_OF_CLASS.get(this);
    // A class of somebody else that extends one of ours.
    if (wanted === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    const kind = value instanceof Error ? KIND_OF_CODE.get((value as Error & { code?: unknown }).code) : undefined;
    if (kind === undefined) return false;
    return this === ReveilleError || kind.code === wanted.code || kind.broader === wanted.code;
  }
}

/** That of the class, or of the nearest one of ours that it extends. */
function kindOf(Class: object): ErrorKind {
  return KIND_OF_CLASS.get(Class) ?? kindOf(Object.getPrototypeOf(Class) as object);
}

/**
 * What makes a primitive pass between threads as itself: it is nothing but a place in an arena, so its handle (which
 * buffer, what kind of thing, at which offset) is enough to make an equal one on the other side.
 */

/** Where a shared primitive lives. It can be cloned by the platform, so it can also travel in any message. */
export interface Handle {
  /** The arena's buffer. */
  readonly buffer: SharedArrayBuffer;
  /** Which kind of primitive it is: the number that the kind was registered under, 1 to 65,535. */
  readonly kind: number;
  /** The byte offset of the primitive's words in the buffer. */
  readonly offset: number;
}

/** The base of every primitive that lives in an arena. */
export abstract class SharedObject {
  abstract readonly handle: Handle;
}

const revivers = new Map<number, (handle: Handle) => SharedObject>();

/**
 * Says how handles of a kind become primitives in this thread.
 *
 * @throws {RangeError} when `kind` is not an integer from 1 to 65,535, or is taken by another reviver
 */
export function registerKind(kind: number, revive: (handle: Handle) => SharedObject): void {
  if (!Number.isInteger(kind) || kind < 1 || kind > 0xffff) {
    throw new RangeError(
      `Cannot register a shared object kind: 'kind' must be an integer from 1 to 65535, received ${kind}`,
    );
  }
  const known = revivers.get(kind);
  if (known !== undefined && known !== revive) {
    throw new RangeError(`Cannot register a shared object kind: ${kind} is already registered`);
  }
  revivers.set(kind, revive);
}

/** The kind of a handle is not known in this thread, as long as the file that defines it has not been loaded. */
export class UnknownKindError extends TypeError {
  override readonly name = 'UnknownKindError';
}

/**
 * Makes the primitive that a handle stands for.
 *
 * @throws {UnknownKindError} when no kind of that number is registered in this thread
 */
export function revive(handle: Handle): SharedObject {
  const make = revivers.get(handle.kind);
  if (make === undefined) {
    throw new UnknownKindError(`Cannot revive a shared object: kind ${handle.kind} is not registered in this thread`);
  }
  return make(handle);
}

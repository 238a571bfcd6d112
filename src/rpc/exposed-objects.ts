/** The objects of this side that the other side may call, by their numbers: 0 is the one that `expose` offered. */
import { type CallHost, FREE, LocalObject, type Policy } from './local-object.ts';

/** Objects that a side which is not trusted may have this side keep for it. */
const MOST_OBJECTS = 10_000;

/** They are kept until the other side releases them, or the connection ends. */
export class ExposedObjects {
  readonly #host: CallHost;
  readonly #objects = new Map<number, LocalObject>();
  #next = 1;

  constructor(host: CallHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** The one that is exposed. */
  get root(): LocalObject | undefined {
    return this.#objects.get(0);
  }

  get(number: number): LocalObject | undefined {
    return this.#objects.get(number);
  }

  /** @throws {TypeError} if there is one already */
  expose(target: unknown, policy: Policy): LocalObject {
    if (this.#objects.has(0)) throw new TypeError('Cannot expose an object: the endpoint exposes one already');
    const root = new LocalObject(this.#host, target, policy);
    this.#objects.set(0, root);
    return root;
  }

  /**
   * Takes one more, which the other side is given by its number.
   *
   * @param policy - of the object through which it was reached; without one, that of the exposed object
   * @throws {RangeError} if the other side, which is not trusted, has too many already
   */
  add(target: unknown, policy: Policy | undefined): number {
    if (this.#host.connection.carries === 'bytes' && this.#objects.size >= MOST_OBJECTS) {
      throw new RangeError(`Cannot send an object: the other side has ${MOST_OBJECTS} already; release some first`);
    }
    const number = this.#next++;
    this.#objects.set(number, new LocalObject(this.#host, target, policy ?? this.root?.policy ?? FREE));
    return number;
  }

  release(number: number): void {
    const object = this.#objects.get(number);
    this.#objects.delete(number);
    object?.release();
  }

  releaseAll(): void {
    for (const object of this.#objects.values()) object.release();
    this.#objects.clear();
  }
}

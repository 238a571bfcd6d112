/**
 * Tells when a property is assigned, by an accessor that stands in its place for as long as somebody listens.
 *
 * Only a plain property of the object itself is replaced, one that could as well be assigned, configured and read
 * before; reading and writing it goes on as it was. What can tell the difference is code that asks for the property's
 * descriptor meanwhile. Anything else (accessors, private state behind them, frozen objects, properties that are not
 * there yet) is left alone: nobody tells of those.
 */
import type { EmitterLike } from './event-source.ts';

const watches = new WeakMap<object, Map<PropertyKey, PropertyWatch>>();

export class PropertyWatch implements EmitterLike {
  readonly #object: object;
  readonly #name: PropertyKey;
  readonly #listeners = new Set<() => void>();
  #value: unknown;
  #get: (() => unknown) | undefined;

  /** The one watch of a property; undefined where nobody can tell. */
  static of(object: object, name: PropertyKey): PropertyWatch | undefined {
    const known = watches.get(object)?.get(name);
    if (known !== undefined) return known;
    const found = Object.getOwnPropertyDescriptor(object, name);
    if (found?.configurable !== true || found.writable !== true) return undefined;
    return new PropertyWatch(object, name);
  }

  private constructor(object: object, name: PropertyKey) {
    this.#object = object;
    this.#name = name;
  }

  on(_event: string, listener: () => void): void {
    this.#listeners.add(listener);
    if (this.#get === undefined) this.#replace();
  }

  off(_event: string, listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#restore();
  }

  #replace(): void {
    const found = Object.getOwnPropertyDescriptor(this.#object, this.#name);
    if (found?.configurable !== true || found.writable !== true) return;
    this.#value = found.value;
    this.#get = () => this.#value;
    const assign = (receiver: unknown, value: unknown): void => this.#assign(receiver, value);
    Object.defineProperty(this.#object, this.#name, {
      configurable: true,
      enumerable: found.enumerable ?? false,
      get: this.#get,
      set(value: unknown) {
        assign(this, value);
      },
    });
    const ofObject = watches.get(this.#object) ?? new Map<PropertyKey, PropertyWatch>();
    watches.set(this.#object, ofObject.set(this.#name, this));
  }

  /** An object that inherits the property gets one of its own when it is assigned there. */
  #assign(receiver: unknown, value: unknown): void {
    if (receiver !== this.#object) {
      const own = { configurable: true, enumerable: true, writable: true, value };
      Object.defineProperty(receiver, this.#name, own);
      return;
    }
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  /** Unless somebody has put something else in the accessor's place. */
  #restore(): void {
    watches.get(this.#object)?.delete(this.#name);
    const found = Object.getOwnPropertyDescriptor(this.#object, this.#name);
    const isOwn = found?.get !== undefined && found.get === this.#get;
    this.#get = undefined;
    if (!isOwn) return;
    Object.defineProperty(this.#object, this.#name, {
      configurable: true,
      enumerable: found?.enumerable ?? false,
      writable: true,
      value: this.#value,
    });
  }
}

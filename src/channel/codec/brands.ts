/**
 * The internal slots of builtin objects, read through the getters and methods that the language was born with: own
 * properties, subclasses and patched prototypes cannot mislead them, and a Proxy or a lookalike has no slots to read.
 */
type Getter<T> = (this: object) => T;

function getter<T>(prototype: object, name: PropertyKey): Getter<T> | undefined {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as Getter<T> | undefined;
}

function needed<T>(prototype: object, name: PropertyKey): Getter<T> {
  return getter<T>(prototype, name) as Getter<T>;
}

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

const mapSize = needed<number>(Map.prototype, 'size');
const setSize = needed<number>(Set.prototype, 'size');
const bufferLength = needed<number>(ArrayBuffer.prototype, 'byteLength');
const bufferResizable = getter<boolean>(ArrayBuffer.prototype, 'resizable');
const bufferImmutable = getter<boolean>(ArrayBuffer.prototype, 'immutable');
const viewName = needed<string | undefined>(typedArrayPrototype, Symbol.toStringTag);
const viewBuffer = needed<ArrayBufferLike>(typedArrayPrototype, 'buffer');
const viewOffset = needed<number>(typedArrayPrototype, 'byteOffset');
const viewLength = needed<number>(typedArrayPrototype, 'length');
const dataViewBuffer = needed<ArrayBufferLike>(DataView.prototype, 'buffer');
const dataViewOffset = needed<number>(DataView.prototype, 'byteOffset');
const dataViewLength = needed<number>(DataView.prototype, 'byteLength');
const regExpSource = needed<string>(RegExp.prototype, 'source');
const regExpFlags: readonly (Getter<boolean | undefined> | undefined)[] = [
  'hasIndices',
  'global',
  'ignoreCase',
  'multiline',
  'dotAll',
  'unicode',
  'unicodeSets',
  'sticky',
].map((name) => getter<boolean | undefined>(RegExp.prototype, name));

const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;
const dateValue = Date.prototype.getTime;
const booleanValue = Boolean.prototype.valueOf;
const numberValue = Number.prototype.valueOf;
const stringValue = String.prototype.valueOf;
const bigIntValue = BigInt.prototype.valueOf;

/** What a view is a window on; `name` is 'DataView' or the typed array's class. */
export interface ViewSlots {
  readonly name: string;
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  /** In elements; in bytes for a DataView. */
  readonly length: number;
}

/** The entries of a Map, keys and values in turn, or undefined if it is none. */
export function mapEntries(value: object): unknown[] | undefined {
  if (!isMap(value)) return undefined;
  const entries: unknown[] = [];
  mapForEach.call(value as Map<unknown, unknown>, (member: unknown, key: unknown) => entries.push(key, member));
  return entries;
}

/** The members of a Set, or undefined if it is none. */
export function setMembers(value: object): unknown[] | undefined {
  if (!isSet(value)) return undefined;
  const members: unknown[] = [];
  setForEach.call(value as Set<unknown>, (member: unknown) => members.push(member));
  return members;
}

/** The time value of a Date, or undefined if it is none. */
export function dateTime(value: object): number | undefined {
  return slot(() => dateValue.call(value as Date));
}

/** The primitive in a Boolean, Number, String or BigInt object, or undefined if it is none of those. */
export function boxedPrimitive(value: object, kind: string): boolean | number | string | bigint | undefined {
  return slot<boolean | number | string | bigint>(() => {
    switch (kind) {
      case '[object Boolean]':
        return booleanValue.call(value as unknown as boolean);
      case '[object Number]':
        return numberValue.call(value as unknown as number);
      case '[object String]':
        return stringValue.call(value as unknown as string);
      default:
        return bigIntValue.call(value as unknown as bigint);
    }
  });
}

/** The source of a regular expression and a bit for each of its flags, or undefined if it is none. */
export function regExpParts(value: object): { readonly source: string; readonly flags: number } | undefined {
  return slot(() => {
    const source = regExpSource.call(value);
    let flags = 0;
    regExpFlags.forEach((get, bit) => (flags |= get?.call(value) === true ? 1 << bit : 0));
    // RegExp.prototype answers the source getter without being a regular expression, but has no flags to give.
    return regExpFlags[1]?.call(value) === undefined ? undefined : { source, flags };
  });
}

/** The name of a typed array's class, or undefined if it is none. */
export function typedArrayName(value: object): string | undefined {
  return viewName.call(value);
}

/** What a view is a window on, or undefined if it is no view, or is out of its buffer's bounds. */
export function viewSlots(value: object): ViewSlots | undefined {
  const name = viewName.call(value);
  if (name !== undefined) {
    return { name, buffer: viewBuffer.call(value), byteOffset: viewOffset.call(value), length: viewLength.call(value) };
  }
  return slot(() => ({
    name: 'DataView',
    buffer: dataViewBuffer.call(value),
    byteOffset: dataViewOffset.call(value),
    length: dataViewLength.call(value),
  }));
}

/** Whether a buffer is of the ordinary sort: not shared, resizable, immutable or detached. */
export function isFixedBuffer(value: object): value is ArrayBuffer {
  const length = slot(() => bufferLength.call(value));
  if (length === undefined || bufferResizable?.call(value) === true || bufferImmutable?.call(value) === true)
    return false;
  // Only a view tells a detached buffer from an empty one on every runtime.
  return length > 0 || slot(() => new Uint8Array(value as ArrayBuffer)) !== undefined;
}

export function isMap(value: object): boolean {
  return slot(() => mapSize.call(value)) !== undefined;
}

export function isSet(value: object): boolean {
  return slot(() => setSize.call(value)) !== undefined;
}

export function isArrayBuffer(value: object): boolean {
  return slot(() => bufferLength.call(value)) !== undefined;
}

function slot<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The classes of views, by number: what stands for the class wherever a view travels as its parts. */
import { typedArrayName } from './brands.ts';

/** What makes a view. */
export interface ViewConstructor {
  /** None for a DataView, whose elements are bytes. */
  readonly BYTES_PER_ELEMENT?: number;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): ArrayBufferView;
}

/** In the order of their kinds. They are part of the format of messages: append only. */
const NAMES: readonly string[] = [
  'DataView',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
];

const classes = NAMES.map((name) => (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name]);

/** The kind of the views of a class, or -1 if there is no such. */
export function viewKindNamed(name: string): number {
  return NAMES.indexOf(name);
}

/** A view's kind, by its intrinsic class: an instance of a subclass, such as Node's Buffer, is cloned as that. */
export function viewKindOf(view: ArrayBufferView): number {
  return viewKindNamed(typedArrayName(view) ?? 'DataView');
}

/** The class of a kind; undefined if there is no such, or not on this runtime. */
export function viewClass(kind: number): ViewConstructor | undefined {
  return classes[kind];
}

/**
 * Values that shared memory cannot carry, made ready to be posted later.
 *
 * A caller may change or reuse its arguments as soon as `run` has returned, and must learn at once if they cannot be
 * cloned. So the clone is taken, and the transfer made, when the task is submitted; what waits for a thread is a private
 * copy that is then *moved* to it, never copied a second time where it can be moved.
 */
import type { MovableValue } from '../runtime.ts';
import { withHandles } from './carried-handles.ts';

/**
 * A value as it is posted: as it is, as bytes that the codec wrote, or with handles in the places of primitives.
 */
export interface Posted {
  readonly value: unknown;
  readonly form: 'plain' | 'bytes' | 'handles';
}

/** A value that is ready to be posted, and what moves with it. */
export interface Message extends Posted {
  readonly transfer: readonly MovableValue[];
  /** It could be posted more than once: nothing in it is the caller's to move. */
  readonly repeatable: boolean;
}

const NOTHING: readonly MovableValue[] = [];

/**
 * Takes a private copy of `value`.
 *
 * @param spilled - the codec's bytes for it, if it could write them
 * @throws {DataCloneError} as the platform does, if the value cannot be cloned.
 */
export function privateMessage(value: unknown, transfer: readonly MovableValue[], spilled?: Uint8Array): Message {
  const own = ownMessage(value, transfer, spilled);
  if (own !== undefined) return own;
  const carried = withHandles(value);
  const form = carried === value ? 'plain' : 'handles';
  if (transfer.length === 0) return { value: structuredClone(carried), form, transfer: NOTHING, repeatable: true };
  if (new Set(transfer).size < transfer.length) {
    // Deno lets it pass.
    throw new DOMException('Cannot transfer an object twice: it is in the transfer list more than once', 'DataCloneError');
  }
  // Buffers and ports that are moved with the clone keep their identity inside it, so it names its own transfer list.
  const moved = structuredClone({ value: carried, transfer: [...transfer] }, { transfer: transfer as ArrayBuffer[] });
  return { value: moved.value, form, transfer: moved.transfer, repeatable: false };
}

/** What a task returns, ready to be posted at once: posting makes the clone. */
export function outgoingMessage(value: unknown, transfer: readonly MovableValue[], spilled?: Uint8Array): Message {
  const own = ownMessage(value, transfer, spilled);
  if (own !== undefined) return own;
  const carried = withHandles(value);
  return { value: carried, form: carried === value ? 'plain' : 'handles', transfer, repeatable: false };
}

/** A copy that the engine makes itself, so that it can be moved: of bytes, encoded or the caller's. */
function ownMessage(value: unknown, transfer: readonly MovableValue[], spilled: Uint8Array | undefined): Message | undefined {
  if (transfer.length > 0) return undefined;
  if (spilled !== undefined) {
    const bytes = Uint8Array.from(spilled);
    return { value: bytes, form: 'bytes', transfer: [bytes.buffer], repeatable: true };
  }
  const copy = copyOfBinary(value);
  return copy && { value: copy, form: 'plain', transfer: [bufferOf(copy)], repeatable: true };
}

type BinaryView = ArrayBufferView<ArrayBuffer>;

/** A clone of an ArrayBuffer or of a view on one, whole buffer included, as structured clone makes it. */
function copyOfBinary(value: unknown): ArrayBuffer | BinaryView | undefined {
  if (value instanceof ArrayBuffer) return isFixed(value) ? value.slice(0) : undefined;
  if (!ArrayBuffer.isView(value) || !(value.buffer instanceof ArrayBuffer) || !isFixed(value.buffer)) return undefined;
  const copy = value.buffer.slice(0);
  if (value instanceof DataView) return new DataView(copy, value.byteOffset, value.byteLength);
  const type = TYPED_ARRAYS.get(typedArrayName.call(value) as string);
  return type === undefined ? undefined : new type(copy, value.byteOffset, (value as Uint8Array).length);
}

function bufferOf(binary: ArrayBuffer | BinaryView): ArrayBuffer {
  return binary instanceof ArrayBuffer ? binary : binary.buffer;
}

/** Resizable buffers keep their room to grow when the platform clones them. */
function isFixed(buffer: ArrayBuffer): boolean {
  return (buffer as ArrayBuffer & { resizable?: boolean }).resizable !== true;
}

type TypedArrayConstructor = new (buffer: ArrayBuffer, byteOffset: number, length: number) => BinaryView;

/** By intrinsic name: an instance of a subclass, such as Node's Buffer, is cloned as its intrinsic type. */
const TYPED_ARRAYS = new Map<string, TypedArrayConstructor>(
  [
    Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    Float32Array, Float64Array, BigInt64Array, BigUint64Array,
  ].map((type) => [type.name, type as unknown as TypedArrayConstructor]),
);

const typedArrayName = (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag) as PropertyDescriptor
).get as () => unknown;

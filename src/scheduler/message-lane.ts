/**
 * Values that shared memory cannot carry, made ready to be posted later.
 *
 * A caller may change or reuse its arguments as soon as `run` has returned, and must learn at once if they cannot be
 * cloned. So the clone is taken, and the transfer made, when the task is submitted; what waits for a thread is a
 * private copy that is then *moved* to it, never copied a second time where it can be moved.
 */
import type { MovableValue } from '../runtime.ts';
import { withHandles } from './carried-handles.ts';

/**
 * A value as it is posted: as it is, as bytes that the codec wrote, with handles in the places of primitives, or as the
 * parts of a view.
 */
export interface Posted {
  readonly value: unknown;
  readonly form: 'plain' | 'bytes' | 'handles' | 'view';
}

/** A view without its class: Deno takes 8 ms to post 64 KiB as a view, and 0.03 ms as a buffer. */
interface ViewParts {
  readonly type: string;
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly length: number;
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
  if (transfer.length === 0) {
    const own = ownMessage(value, spilled);
    if (own !== undefined) return own;
    const carried = withHandles(value);
    const form = carried === value ? 'plain' : 'handles';
    return { value: structuredClone(carried), form, transfer: NOTHING, repeatable: true };
  }
  if (new Set(transfer).size < transfer.length) {
    // Deno lets it pass.
    throw new DOMException(
      'Cannot transfer an object twice: it is in the transfer list more than once',
      'DataCloneError',
    );
  }
  // Buffers and ports that are moved with the clone keep their identity inside it, so it names its own transfer list.
  const source = { value: movingParts(value, transfer) ?? withHandles(value), transfer: [...transfer] };
  const moved = structuredClone(source, { transfer: transfer as ArrayBuffer[] });
  return { value: moved.value, form: formOf(value, source.value), transfer: moved.transfer, repeatable: false };
}

/** What a task returns, ready to be posted at once: posting makes the clone. */
export function outgoingMessage(value: unknown, transfer: readonly MovableValue[], spilled?: Uint8Array): Message {
  const own = transfer.length === 0 ? ownMessage(value, spilled) : undefined;
  if (own !== undefined) return own;
  const carried = movingParts(value, transfer) ?? withHandles(value);
  return { value: carried, form: formOf(value, carried), transfer, repeatable: false };
}

/** The view that was posted as its parts. */
export function viewOf({ type, buffer, byteOffset, length }: ViewParts): ArrayBufferView {
  return new (VIEWS.get(type) as ViewConstructor)(buffer, byteOffset, length);
}

function formOf(value: unknown, carried: unknown): Posted['form'] {
  if (carried === value) return 'plain';
  return ArrayBuffer.isView(value) ? 'view' : 'handles';
}

/** A copy that the engine makes itself, so that it can be moved: of bytes that the codec wrote, or of binary data. */
function ownMessage(value: unknown, spilled: Uint8Array | undefined): Message | undefined {
  if (spilled !== undefined) {
    const bytes = Uint8Array.from(spilled);
    return { value: bytes, form: 'bytes', transfer: [bytes.buffer], repeatable: true };
  }
  if (value instanceof ArrayBuffer && isFixed(value)) {
    const copy = value.slice(0);
    return { value: copy, form: 'plain', transfer: [copy], repeatable: true };
  }
  const parts = partsOf(value);
  if (parts === undefined) return undefined;
  const buffer = parts.buffer.slice(0);
  return { value: { ...parts, buffer }, form: 'view', transfer: [buffer], repeatable: true };
}

/** The parts of a view whose buffer is to be moved. */
function movingParts(value: unknown, transfer: readonly MovableValue[]): ViewParts | undefined {
  const parts = partsOf(value);
  return parts !== undefined && transfer.includes(parts.buffer) ? parts : undefined;
}

function partsOf(value: unknown): ViewParts | undefined {
  if (!ArrayBuffer.isView(value) || !(value.buffer instanceof ArrayBuffer) || !isFixed(value.buffer)) return undefined;
  const type = value instanceof DataView ? 'DataView' : (typedArrayName.call(value) as string);
  if (!VIEWS.has(type)) return undefined;
  const length = value instanceof DataView ? value.byteLength : (value as Uint8Array).length;
  return { type, buffer: value.buffer, byteOffset: value.byteOffset, length };
}

/** Resizable buffers keep their room to grow when the platform clones them. */
function isFixed(buffer: ArrayBuffer): boolean {
  return (buffer as ArrayBuffer & { resizable?: boolean }).resizable !== true;
}

type ViewConstructor = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView;

/** By intrinsic name: an instance of a subclass, such as Node's Buffer, is cloned as its intrinsic type. */
const VIEWS = new Map<string, ViewConstructor>(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ].map((type) => [type.name, type as ViewConstructor]),
);

const typedArrayName = (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag) as PropertyDescriptor
).get as () => unknown;

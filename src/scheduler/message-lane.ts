/**
 * Values that shared memory cannot carry, made ready to be posted.
 *
 * A caller may change or reuse its arguments as soon as `run` has returned, and must learn at once if they cannot be
 * cloned. So where a task must wait for a thread, the clone is taken, and the transfer made, when it is submitted; what
 * waits is a private copy that is then *moved* to the thread, never copied a second time where it can be moved.
 */
import type { MovableValue } from '../runtime.ts';
import { BYTES, type Form, PLAIN, type Posted, STAND_INS, VIEW } from './posted.ts';
import { withoutStandIns, withStandIns } from './stand-ins.ts';
import { isFixed, isSimpleView, partsOf, viewOf, type ViewParts } from './view-parts.ts';

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
 * @throws {DataCloneError} as the platform does, if the value cannot be cloned.
 */
export function privateMessage(value: unknown, transfer: readonly MovableValue[]): Message {
  if (transfer.length === 0) {
    return copiedMessage(value) ?? cloned(carriedWith(transfer, value));
  }
  refuseTwice(transfer);
  // Buffers and ports that are moved with the clone keep their identity inside it, so it names its own transfer list.
  const posted = carriedWith(transfer, value);
  const list = { value: posted.value, transfer: [...transfer] };
  const moved = structuredClone(list, { transfer: transfer as ArrayBuffer[] });
  return { value: moved.value, form: posted.form, transfer: moved.transfer, repeatable: false };
}

/** A value that is posted at once: posting makes the clone. */
export function outgoingMessage(value: unknown, transfer: readonly MovableValue[]): Message {
  const copied = transfer.length === 0 ? copiedMessage(value) : undefined;
  if (copied !== undefined) return copied;
  refuseTwice(transfer);
  const posted = carriedWith(transfer, value);
  return { value: posted.value, form: posted.form, transfer, repeatable: false };
}

/** A value as bytes that the codec wrote; they are the message's own. */
export function bytesMessage(bytes: Uint8Array<ArrayBuffer>): Message {
  return { value: bytes, form: BYTES, transfer: [bytes.buffer], repeatable: true };
}

/** A value that is posted beside others, and copied by that. */
export function carried(value: unknown): Posted {
  return carriedWith(NOTHING, value);
}

/** Undoes what was done to a value so that it could be posted; not for BYTES. */
export function arrivedValue(form: Form, value: unknown): unknown {
  if (form === VIEW) return viewOf(value as ViewParts);
  return form === STAND_INS ? withoutStandIns(value) : value;
}

/** Binary data, copied by the engine itself so that the copy can be moved. */
function copiedMessage(value: unknown): Message | undefined {
  if (value instanceof ArrayBuffer && isFixed(value)) {
    const copy = copyOf(value);
    return { value: copy, form: PLAIN, transfer: [copy], repeatable: true };
  }
  if (!isSimpleView(value)) return undefined;
  const copy = copyOf(value.buffer);
  return { value: partsOf(value, copy), form: VIEW, transfer: [copy], repeatable: true };
}

/** As `slice`, which fills the copy with zeros first. */
function copyOf(buffer: ArrayBuffer): ArrayBuffer {
  return new Uint8Array(new Uint8Array(buffer)).buffer;
}

function cloned({ value, form }: Posted): Message {
  return { value: structuredClone(value), form, transfer: NOTHING, repeatable: true };
}

/** A value as it travels beside what is moved with it. */
function carriedWith(transfer: readonly MovableValue[], value: unknown): Posted {
  if (isSimpleView(value) && transfer.includes(value.buffer)) return { value: partsOf(value), form: VIEW };
  const withThem = withStandIns(value, transfer);
  return { value: withThem, form: withThem === value ? PLAIN : STAND_INS };
}

/** Deno lets it pass. */
function refuseTwice(transfer: readonly MovableValue[]): void {
  if (transfer.length < 2 || new Set(transfer).size === transfer.length) return;
  throw new DOMException(
    'Cannot transfer an object twice: it is in the transfer list more than once',
    'DataCloneError',
  );
}

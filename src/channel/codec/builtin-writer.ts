import { SharedObject } from '../../memory/shared-object.ts';
import { boxedPrimitive, dateTime, isFixedBuffer, mapEntries, regExpParts, setMembers, viewSlots } from './brands.ts';
import { errorParts } from './error-parts.ts';
import { REFUSED } from './refusal.ts';
import {
  ARRAY_BUFFER,
  BOXED,
  DATE,
  END,
  ERROR,
  ERROR_CAUSE,
  ERROR_MESSAGE,
  ERROR_STACK,
  MAP,
  REGEXP,
  SET,
  SHARED,
  VIEW,
} from './tags.ts';
import { refusesExtraProperties } from './platform-clone.ts';
import { viewKindNamed } from './view-kinds.ts';
import type { ValueWriter } from './value-writer.ts';

/** Writes an object that is neither an array nor plain. `kind` is what `Object.prototype.toString` says of it. */
export function writeBuiltin(writer: ValueWriter, value: object, kind: string): void {
  if (ArrayBuffer.isView(value)) return writeView(writer, value);
  switch (kind) {
    case '[object Object]':
      return writeShared(writer, value);
    case '[object ArrayBuffer]':
      return writeBuffer(writer, value);
    case '[object Date]': {
      const time = dateTime(value);
      if (time === undefined) throw REFUSED;
      return writer.double(DATE, time);
    }
    case '[object Map]':
      return writeAll(writer, MAP, value, mapEntries(value));
    case '[object Set]':
      return writeAll(writer, SET, value, setMembers(value));
    case '[object RegExp]': {
      const parts = regExpParts(value);
      if (parts === undefined) throw REFUSED;
      writer.word(REGEXP | (parts.flags << 8));
      return writer.text(parts.source);
    }
    case '[object Boolean]':
    case '[object Number]':
    case '[object String]':
    case '[object BigInt]': {
      const primitive = boxedPrimitive(value, kind);
      if (primitive === undefined) throw REFUSED;
      writer.word(BOXED);
      return writer.value(primitive);
    }
    case '[object Error]':
      return writeError(writer, value);
    default:
      throw REFUSED;
  }
}

function writeShared(writer: ValueWriter, value: object): void {
  if (!(value instanceof SharedObject)) throw REFUSED;
  const { buffer, kind, offset } = value.handle;
  if (buffer !== writer.arenaBuffer && buffer !== writer.targetBuffer) throw REFUSED;
  writer.word(SHARED | (kind << 8));
  writer.word(offset);
}

function writeAll(writer: ValueWriter, tag: number, value: object, members: readonly unknown[] | undefined): void {
  if (members === undefined || (refusesExtraProperties() && Object.keys(value).length > 0)) throw REFUSED;
  writer.word(tag);
  for (const member of members) writer.value(member);
  writer.word(END);
}

function writeBuffer(writer: ValueWriter, value: object): void {
  if (!isFixedBuffer(value)) throw REFUSED;
  const contents = new Uint8Array(value);
  writer.word(ARRAY_BUFFER);
  writer.word(contents.length);
  writer.copy(contents);
}

function writeView(writer: ValueWriter, value: object): void {
  const slots = viewSlots(value);
  const kind = slots === undefined ? -1 : viewKindNamed(slots.name);
  if (slots === undefined || kind < 0) throw REFUSED;
  writer.word(VIEW | (kind << 8));
  writer.word(slots.byteOffset);
  writer.word(slots.length);
  writer.value(slots.buffer);
}

function writeError(writer: ValueWriter, value: object): void {
  const parts = errorParts(value);
  if (parts === undefined) throw REFUSED;
  const { kind, message, cause, stack } = parts;
  const members =
    (message === undefined ? 0 : ERROR_MESSAGE) |
    (cause === undefined ? 0 : ERROR_CAUSE) |
    (stack === undefined ? 0 : ERROR_STACK);
  writer.word(ERROR | ((kind | members) << 8));
  if (message !== undefined) writer.text(message);
  if (stack !== undefined) writer.text(stack);
  if (cause !== undefined) writer.value(cause.value);
}

import { revive } from '../../memory/shared-object.ts';
import { corrupt } from './corrupt.ts';
import { makeError, setCause } from './error-parts.ts';
import {
  ARRAY_BUFFER,
  BIGINT,
  BIGINT64,
  BOXED,
  DATE,
  ERROR,
  ERROR_CAUSE,
  ERROR_MESSAGE,
  ERROR_NAMES,
  ERROR_STACK,
  MAP,
  REGEXP,
  REGEXP_FLAGS,
  SET,
  SHARED,
  VIEW,
} from './tags.ts';
import type { ValueReader } from './value-reader.ts';
import { viewClass } from './view-kinds.ts';

/** Reads what is none of the everyday kinds; its header, with this tag and payload, was just read. */
export function readBuiltin(reader: ValueReader, tag: number, payload: number): unknown {
  switch (tag) {
    case BIGINT64:
      return readBigInt64(reader);
    case BIGINT:
      return readBigInt(reader, payload === 1);
    case VIEW:
      return readView(reader, payload);
    case ARRAY_BUFFER:
      return remembered(reader, reader.copy(reader.word() >>> 0));
    case DATE:
      return remembered(reader, new Date(reader.double()));
    case REGEXP:
      return readRegExp(reader, payload);
    case MAP:
      return readMap(reader);
    case SET:
      return readSet(reader);
    case BOXED:
      return readBoxed(reader);
    case ERROR:
      return readError(reader, payload);
    case SHARED:
      return readShared(reader, payload);
    default:
      throw corrupt(`a tag that means nothing (${tag})`, reader.at - 1);
  }
}

function remembered<T>(reader: ValueReader, object: T): T {
  reader.remember(object);
  return object;
}

function readBigInt64(reader: ValueReader): bigint {
  reader.at = (reader.at + 1) & ~1;
  const low = reader.word() >>> 0;
  return (BigInt(reader.word()) << 32n) | BigInt(low);
}

function readBigInt(reader: ValueReader, negative: boolean): bigint {
  const length = reader.word() >>> 0;
  const from = reader.at << 2;
  const next = reader.at + Math.ceil(length / 4);
  if (next > reader.end) throw corrupt('the message breaks off', reader.at);
  reader.at = next;
  let digits = '';
  for (let i = 0; i < length; i++) digits += String.fromCharCode(reader.bytes[from + i] as number);
  if (!/^[0-9a-f]+$/.test(digits)) throw corrupt('a number without digits', next);
  const value = BigInt(`0x${digits}`);
  return negative ? -value : value;
}

function readView(reader: ValueReader, kind: number): ArrayBufferView {
  const number = reader.remember(undefined);
  const byteOffset = reader.word() >>> 0;
  const length = reader.word() >>> 0;
  const buffer = reader.value();
  const View = viewClass(kind);
  if (View === undefined || !(buffer instanceof ArrayBuffer)) throw corrupt('a view of no buffer', reader.at);
  const size = View.BYTES_PER_ELEMENT ?? 1;
  if (byteOffset % size !== 0 || byteOffset + length * size > buffer.byteLength) {
    throw corrupt('a view beyond its buffer', reader.at);
  }
  const view = new View(buffer, byteOffset, length);
  reader.replace(number, view);
  return view;
}

function readRegExp(reader: ValueReader, bits: number): RegExp {
  const number = reader.remember(undefined);
  const source = readText(reader);
  const flags = [...REGEXP_FLAGS].filter((_, bit) => (bits & (1 << bit)) !== 0).join('');
  let expression: RegExp;
  try {
    expression = new RegExp(source, flags);
  } catch {
    throw corrupt('a regular expression that is none', reader.at);
  }
  reader.replace(number, expression);
  return expression;
}

function readMap(reader: ValueReader): Map<unknown, unknown> {
  const map = remembered(reader, new Map<unknown, unknown>());
  while (!reader.atEnd()) {
    const key = reader.value();
    map.set(key, reader.value());
  }
  return map;
}

function readSet(reader: ValueReader): Set<unknown> {
  const set = remembered(reader, new Set<unknown>());
  while (!reader.atEnd()) set.add(reader.value());
  return set;
}

function readBoxed(reader: ValueReader): unknown {
  const number = reader.remember(undefined);
  const primitive = reader.value();
  if (typeof primitive === 'object' || primitive === undefined) throw corrupt('an object around nothing', reader.at);
  const boxed: unknown = Object(primitive);
  reader.replace(number, boxed);
  return boxed;
}

function readError(reader: ValueReader, payload: number): Error {
  const kind = payload & 15;
  if (kind >= ERROR_NAMES.length) throw corrupt('an error of no class', reader.at - 1);
  const number = reader.remember(undefined);
  const message = (payload & ERROR_MESSAGE) === 0 ? undefined : readText(reader);
  const stack = (payload & ERROR_STACK) === 0 ? undefined : readText(reader);
  const error = makeError(kind, message, stack);
  reader.replace(number, error);
  if ((payload & ERROR_CAUSE) !== 0) setCause(error, reader.value());
  return error;
}

function readShared(reader: ValueReader, kind: number): unknown {
  const offset = reader.word();
  const buffer = reader.arenaBuffer ?? reader.bytes.buffer;
  if (!(buffer instanceof SharedArrayBuffer)) throw corrupt('a shared object outside of shared memory', reader.at);
  return remembered(reader, revive({ buffer, kind, offset }));
}

function readText(reader: ValueReader): string {
  const text = reader.value();
  if (typeof text !== 'string') throw corrupt('something else where text belongs', reader.at);
  return text;
}

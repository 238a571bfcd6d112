/**
 * How a value travels that is more than its copy. Comlink looks at each argument and result by itself and not at what
 * is nested in it, and so does this: it takes what Comlink has made of a value, and says what goes in its place.
 */
import { transferHandlers } from 'comlink';
import { fromErrorRecord, toErrorRecord } from '../channel/codec/error-record.ts';
import type { MovableValue } from '../runtime.ts';
import { isAbortSignal } from '../signal/wait-options.ts';
import { objectBehind, thrownBehind } from './comlink-handlers.ts';
import { ENDPOINT, HANDLED, isNumber, OBJECT, RAW, REFUSED, SIGNAL, STREAM, THROWN } from './link-frames.ts';
import { noteRefused } from './refused-calls.ts';

/** What Comlink makes of a value, and makes a value of. */
export interface WireValue {
  readonly type: 'RAW' | 'HANDLER';
  readonly name?: string;
  readonly value: unknown;
}

/** How it travels, and what stands for it. */
export type Packed = readonly [how: number, what: unknown];

/** Numbers the things of this side that stay here, and finds those of the other side. */
export interface Passage {
  sendObject(object: object): number;
  receiveObject(number: number): unknown;
  /** An object of the other side as an endpoint, which is still to be wrapped. */
  receiveEndpoint(number: number): unknown;
  sendSignal(signal: AbortSignal): unknown;
  receiveSignal(sent: unknown): AbortSignal;
  sendStream(iterable: AsyncIterable<unknown>): number;
  receiveStream(number: number): unknown;
}

/**
 * What is sent for a value.
 *
 * @param transfer - what Comlink wants to be moved: the ports of objects that stay here are taken from it
 */
export function pack(wire: WireValue, passage: Passage, transfer: MovableValue[]): Packed {
  const { type, value } = wire;
  if (type === 'HANDLER') return packHandled(wire, passage, transfer);
  if (typeof value !== 'object' || value === null) return [RAW, value];
  if (isAbortSignal(value)) return [SIGNAL, passage.sendSignal(value)];
  if (transfer.includes(value)) return [RAW, value];
  const stream = streamIn(value);
  return stream === undefined ? [RAW, value] : [STREAM, passage.sendStream(stream)];
}

/**
 * What Comlink is given for what came.
 *
 * @throws {TypeError} if it is nothing that a peer of this version sends
 */
export function unpack(how: unknown, what: unknown, passage: Passage): WireValue {
  switch (how) {
    case RAW:
      return { type: 'RAW', value: what };
    case HANDLED:
      return unpackHandled(what);
    case THROWN:
      // Comlink throws what is no error in its eyes as it is.
      return thrownWire(fromErrorRecord(what));
    case REFUSED:
      return thrownWire(noteRefused(fromErrorRecord(what)));
    case OBJECT:
      if (isNumber(what)) return { type: 'RAW', value: passage.receiveObject(what) };
      break;
    case ENDPOINT:
      if (isNumber(what)) return { type: 'RAW', value: passage.receiveEndpoint(what) };
      break;
    case SIGNAL:
      return { type: 'RAW', value: passage.receiveSignal(what) };
    case STREAM:
      if (isNumber(what)) return { type: 'RAW', value: passage.receiveStream(what) };
  }
  throw new TypeError('Cannot read a value: the other side speaks another version of the protocol');
}

/** What has Comlink reject a call with this very value. */
export function thrownWire(value: unknown): WireValue {
  return { type: 'HANDLER', name: 'throw', value: { isError: false, value } };
}

function packHandled({ name, value }: WireValue, passage: Passage, transfer: MovableValue[]): Packed {
  const object = objectBehind(value);
  if (object !== undefined) {
    const port = value as MovableValue & { close(): void };
    transfer.splice(transfer.indexOf(port), 1);
    port.close();
    return [OBJECT, passage.sendObject(object)];
  }
  if (name !== 'throw') return [HANDLED, [name, value]];
  const thrown = thrownBehind(value) ?? (value as { readonly value: unknown });
  return [THROWN, toErrorRecord(thrown.value)];
}

function unpackHandled(what: unknown): WireValue {
  const [name, value] = Array.isArray(what) ? (what as unknown[]) : [];
  const isOurs = name === 'proxy' || name === 'throw';
  if (typeof name !== 'string' || isOurs || !(transferHandlers as Map<string, unknown>).has(name)) {
    throw new TypeError(`Cannot read a value: this side has no transfer handler '${String(name)}'`);
  }
  return { type: 'HANDLER', name, value };
}

function streamIn(value: object): AsyncIterable<unknown> | undefined {
  if (typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function') {
    return value as AsyncIterable<unknown>;
  }
  // An array is iterable too, and is a value; a generator is not.
  return Object.prototype.toString.call(value) === '[object Generator]'
    ? stepwise(value as Iterable<unknown>)
    : undefined;
}

async function* stepwise(iterable: Iterable<unknown>): AsyncGenerator<unknown, unknown> {
  return yield* iterable as Generator<unknown, unknown>;
}

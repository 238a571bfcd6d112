/**
 * Messages as MessagePack and back, by msgpackr with its extensions for what structured clone knows: `undefined`, Map,
 * Set, Date, RegExp, BigInt, errors, buffers and views, and objects that are met twice or lead back to themselves.
 *
 * What a structured clone keeps and this does not: -0 arrives as 0, holes of an array as `undefined`, halves of
 * surrogate pairs as U+FFFD, the own key `__proto__` as `__proto_`; a nested error has the stack of where it was read.
 * (Errors that are thrown travel as records of their own, stack and all.)
 */
import { addExtension, Packr, RESERVE_START_SPACE } from 'msgpackr';
import { ProtocolError } from '../../errors.ts';
import { surveyValue } from './carriable.ts';
import { FrameKind, HEADER_BYTES, writeHeader } from './frame.ts';

// Records tell objects from Maps. Bytes are copied out of the chunk that they came in: a view would keep all of it.
const OPTIONS = { moreTypes: true, useToJSON: false, copyBuffers: true };
// Keeping account of each object costs more than all the rest of a small message.
const trees = new Packr({ ...OPTIONS, structuredClone: false });
const graphs = new Packr({ ...OPTIONS, structuredClone: true });

const ERROR_EXTENSION = 0x65;
const errorClasses: ReadonlyMap<unknown, ErrorConstructor> = new Map<unknown, ErrorConstructor>([
  ['EvalError', EvalError],
  ['RangeError', RangeError],
  ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError],
  ['TypeError', TypeError],
  ['URIError', URIError],
]);

/*
 * msgpackr 2.1.3 looks an error's name up in an object literal, so that the name 'valueOf' hands out that very object,
 * 'constructor' makes a wrapper and '__proto__' calls what it finds. This reads the same errors, and only errors.
 * The extension table is msgpackr's, and there is one: whoever else uses it here reads well-formed errors as ever.
 */
addExtension({ Class: undefined as never, type: ERROR_EXTENSION, read: reviveError });

/**
 * A whole frame with the message in it.
 *
 * @throws {DOMException} DataCloneError, if the message cannot leave the process
 */
export function encodeMessage(message: unknown): Uint8Array {
  const packr = surveyValue(message) === 'tree' ? trees : graphs;
  return writeHeader(packr.pack(message, RESERVE_START_SPACE | HEADER_BYTES), FrameKind.message);
}

/**
 * The message in a frame's body.
 *
 * @throws {ProtocolError} if it is none
 */
export function decodeMessage(body: Uint8Array): unknown {
  try {
    return graphs.unpack(body);
  } catch (error) {
    throw new ProtocolError('The other side sent a message that is no MessagePack', { cause: error });
  }
}

function reviveError(parts: unknown): Error {
  if (!Array.isArray(parts)) throw new TypeError('Expected an error to be a list');
  const [name, message, cause] = parts as [unknown, unknown, unknown];
  if (typeof name !== 'string' || typeof message !== 'string') {
    throw new TypeError('Expected an error to have a name and a message');
  }
  const options = cause === undefined ? undefined : { cause };
  const error = new (errorClasses.get(name) ?? Error)(message, options);
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}

/**
 * The wire format: values as 32-bit little-endian words.
 *
 * Every value starts with one word: the tag in its low 8 bits, 24 bits of payload above. Everything is aligned to
 * words, 64-bit numbers and the contents of buffers to 8 bytes, so that both sides work through Int32Array and
 * Float64Array views over the caller's own memory and bulk copies run at the memory's speed. (V8 copies shared memory
 * byte by byte where source and target are not aligned alike: 6 times slower.)
 *
 * ```text
 * message   | start of the texts << 3 + flags, their length in units | value | all short texts, joined |
 * OBJECT    | flags, link | value of key 0, 1, ... | (key value)* END  if EXTRAS | key block  if BLOCK |
 * key block | words << 8 + keys, hash | key lengths, one byte each, then all characters, padded to a word |
 * ```
 *
 * `link` is where the object's key block lies, in words from the message's start. A block is written once a message,
 * behind the values of the first object that ends with those keys; the receiver knows it by comparing its words with
 * those of a block that it has seen before, so that the names of an ordinary object cost neither side a string.
 * A shape that is met often has its block in a KeyTable instead, which both sides know: if TABLED, `link` is its place.
 * Keys that a block cannot hold (long, not Latin-1, or of an object used as a dictionary) follow as key-value pairs.
 *
 * Texts of up to MAX_BUNDLED units are but a header among the values; what they say stands, in the same order, behind
 * all values: as one byte a unit, or, in a WIDE message, as two.
 *
 * Objects are numbered in the order in which they begin; `REF` names an earlier one, so cycles and sharing survive.
 */

/** Words of zeroes are no message. */
export const INVALID = 0;
export const UNDEFINED = 1;
export const NULL = 2;
export const TRUE = 3;
export const FALSE = 4;
/** Payload: the signed 24-bit integer itself. */
export const INT24 = 5;
/** The integer is the next word. */
export const INT32 = 6;
/** The number is the next 8-byte-aligned double. */
export const FLOAT64 = 7;
/** The integer is the next 8-byte-aligned pair of words, signed. */
export const BIGINT64 = 8;
/** A longer bigint. Payload: 1 if negative; the next word is the number of hexadecimal digits; they follow as bytes. */
export const BIGINT = 9;
/** The next of the joined texts. Payload: its length in units. */
export const TEXT = 10;
/** Longer text of one byte a character, below 0x80. Payload: length, or LONG and the length in the next word. */
export const ASCII = 11;
/** Well-formed text as UTF-8. Payload: number of bytes, or LONG and the number in the next word. */
export const UTF8 = 12;
/** Any text as 16-bit units, lone surrogates included. Payload: number of units, or LONG. */
export const UTF16 = 13;
/** A plain object; payload: OBJECT_BLOCK, OBJECT_EXTRAS and OBJECT_TABLED. See above. */
export const OBJECT = 14;
/** Ends the pairs of an object with OBJECT_EXTRAS, of a sparse array, of a Map and of a Set. */
export const END = 15;
/** An array with every element there (or a HOLE for it) and no other properties. Payload: length. */
export const ARRAY = 16;
/** Any other array: the next word is its length, then pairs of key (an index or text) and value, then END. */
export const SPARSE_ARRAY = 17;
/** Stands for an element that is not there. */
export const HOLE = 18;
/** An object met before. Payload: its number. */
export const REF = 19;
/** The next 8-byte-aligned double is the time value. */
export const DATE = 20;
/** Payload: flags, one bit for each of REGEXP_FLAGS; then the source as text. */
export const REGEXP = 21;
/** Pairs of key and value, then END. */
export const MAP = 22;
/** Values, then END. */
export const SET = 23;
/** A Boolean, Number, String or BigInt object; its primitive follows. */
export const BOXED = 24;
/** The next word is the number of bytes; they begin at the next 8-byte boundary. */
export const ARRAY_BUFFER = 25;
/** Payload: its kind (view-kinds.ts); then words byteOffset and length (in elements), then its buffer as a value. */
export const VIEW = 26;
/** Payload: index in ERROR_NAMES and which members follow: message, cause, stack, in that order. */
export const ERROR = 27;
/** A SharedObject. Payload: its kind; the next word is its offset. */
export const SHARED = 28;

/** In a message's header: what tells it from words of zeroes. */
export const MESSAGE = 1;
/** In a message's header: the joined texts are UTF-16. */
export const MESSAGE_WIDE = 2;
/** In a message's header: some REF names an object. */
export const MESSAGE_REFERS = 4;

/** The longest text, in units, that is joined with the others. */
export const MAX_BUNDLED = 1024;

/** Payload of a length that does not fit 24 bits: it is in the next word. */
export const LONG = 0xff_ffff;

/** In an OBJECT's payload: its key block follows its values. */
export const OBJECT_BLOCK = 1;
/** In an OBJECT's payload: key-value pairs follow the values of the block's keys. */
export const OBJECT_EXTRAS = 2;

/** In an OBJECT's payload: its key block stands in the key table. */
export const OBJECT_TABLED = 4;

/** In an ERROR's payload, above the 4 bits of its name. */
export const ERROR_MESSAGE = 16;
export const ERROR_CAUSE = 32;
export const ERROR_STACK = 64;

/** The classes that an error keeps through a structured clone; all others become the first. */
export const ERROR_NAMES: readonly string[] = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
];

/** The letters of the regular expression flags, by bit. */
export const REGEXP_FLAGS = 'dgimsuvy';

/**
 * How deep values may nest. Both sides recurse, and they may stand at different depths of stacks of different sizes;
 * within this limit neither comes near the end of the smallest stack a thread is given. What is deeper goes by message.
 */
export const MAX_DEPTH = 400;

/** The most keys that a key block holds, and the longest of them. */
export const MAX_BLOCK_KEYS = 64;
export const MAX_BLOCK_KEY_LENGTH = 255;

if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1) {
  throw new Error('Cannot run on a big-endian machine: the wire format is little-endian');
}

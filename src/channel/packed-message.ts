/**
 * A message on its way into shared memory: a number as it is, everything else as the codec's bytes. It is packed when
 * it is sent, not when there is room for it, so that what the sender does to the value afterwards changes nothing.
 */
import type { Arena } from '../memory/arena.ts';
import { Encoder, SPILLED, UNENCODABLE } from './codec/encoder.ts';
import { describe } from './codec/sanitize.ts';

/** How a message travels; a cell that holds none has 0. */
export const NONE = 0;
export const UNDEFINED = 1;
export const NUMBER = 2;
export const BYTES = 3;
/** Only in cells: the bytes lie in a block of the arena. */
export const BLOCK = 4;

const SCRATCH_BYTES = 16_384;

/** What is to be written into a cell. */
export class PackedMessage {
  carrier: number = NONE;
  number = 0;
  /** How many bytes, a multiple of 4. */
  size = 0;
  /** The bytes, from the first on, and the same memory as words. */
  bytes: Uint8Array;
  words: Int32Array;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer);
  }

  /** The message that has these bytes. */
  static of(bytes: Uint8Array<ArrayBuffer>): PackedMessage {
    const message = new PackedMessage(bytes);
    message.carrier = BYTES;
    message.size = bytes.length;
    return message;
  }

  /** A copy that stays as it is: for a message that has to wait. */
  kept(): PackedMessage {
    const copy = new PackedMessage(new Uint8Array(this.carrier === BYTES ? this.size : 0));
    copy.carrier = this.carrier;
    copy.number = this.number;
    copy.size = this.size;
    if (this.carrier === BYTES) copy.bytes.set(this.bytes.subarray(0, this.size));
    return copy;
  }
}

/** Packs the messages of one thread into memory that is used again for each. */
class Packer {
  readonly #arena: Arena;
  readonly #encoder: Encoder;
  readonly #scratch: PackedMessage = new PackedMessage(new Uint8Array(SCRATCH_BYTES));
  #busy = false;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#encoder = new Encoder(arena.buffer);
  }

  pack(value: unknown, where: string): PackedMessage {
    // A getter of the value being packed sends another: it must not write over the first.
    if (this.#busy) return new Packer(this.#arena).pack(value, where);
    const packed = this.#scratch;
    if (typeof value === 'number') {
      packed.carrier = NUMBER;
      packed.number = value;
      return packed;
    }
    if (value === undefined) {
      packed.carrier = UNDEFINED;
      return packed;
    }
    this.#busy = true;
    try {
      return this.#encode(value, packed, where);
    } finally {
      this.#busy = false;
    }
  }

  #encode(value: unknown, packed: PackedMessage, where: string): PackedMessage {
    const end = this.#encoder.encode(value, packed.bytes, 0, SCRATCH_BYTES);
    if (end === UNENCODABLE) throw uncloneable(value, where);
    const { spilled } = this.#encoder;
    // The encoder writes what does not fit into a buffer that it may use again.
    if (end === SPILLED && spilled !== undefined) return PackedMessage.of(new Uint8Array(spilled));
    packed.carrier = BYTES;
    packed.size = end;
    return packed;
  }
}

let packer: Packer | undefined;
let packerArena: Arena | undefined;

/**
 * Packs a value. The result is good until the next call, unless it is `kept()`.
 *
 * @param where - through what it is sent, for messages
 * @throws {DOMException} DataCloneError, if the value cannot be sent
 */
export function pack(arena: Arena, value: unknown, where: string): PackedMessage {
  if (packer === undefined || packerArena !== arena) {
    packer = new Packer(arena);
    packerArena = arena;
  }
  return packer.pack(value, where);
}

function uncloneable(value: unknown, where: string): DOMException {
  return new DOMException(
    `Cannot send ${describe(value)} through a ${where}: it is, or contains, what cannot be copied as bytes (a ` +
      'function, a port, shared memory or another object of the platform); send plain data, or pass it to a task',
    'DataCloneError',
  );
}

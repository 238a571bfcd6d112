/**
 * How values get into slots and out of them: the smallest carrier that holds them.
 *
 *     undefined            nothing but the carrier itself
 *     a number             one float64 in the slot's first line
 *     what fits            bytes in the slot
 *     what is larger       bytes in a block of the arena, freed by the pool once the task is answered
 *     everything else      a message, with the slot as the token that ties it to its place in the order
 */
import { BYTES, type Form } from './posted.ts';
import { arrivedValue, bytesMessage, type Message } from './message-lane.ts';
import { ArenaFullError } from '../errors.ts';
import { Decoder } from '../channel/codec/decoder.ts';
import { Encoder } from '../channel/codec/encoder.ts';
import { KeyTable } from '../channel/codec/key-table.ts';
import { sizeHint } from '../channel/codec/size-hint.ts';
import {
  CARRIER_BLOCK,
  CARRIER_INLINE,
  CARRIER_MESSAGE,
  CARRIER_NUMBER,
  CARRIER_UNDEFINED,
  INLINE_BYTES,
  INLINE_OFFSET,
  KEY_TABLE_BYTES,
  NUMBER,
  type Region,
} from './layout.ts';

/** The kind of the arena blocks that hold arguments and results. */
export const PAYLOAD_BLOCK = 0x52455602;

/** Above this many bytes a copy of one's own, moved in a message, beats two copies through shared memory. */
const LARGEST_BLOCK = 256 * 1024;
/** What the codec adds to binary data, at most. */
const ENVELOPE_BYTES = 128;

/** Reads and writes the values of slots. One per thread. */
export class Payload {
  readonly #region: Region;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;

  /** What `write` has encoded and found no room for, until it is taken. */
  #spilled: Uint8Array | undefined;

  constructor(region: Region) {
    this.#region = region;
    const table = new KeyTable(region.arena.buffer, region.keys << 2, KEY_TABLE_BYTES);
    this.#encoder = new Encoder(region.arena.buffer, table);
    this.#decoder = new Decoder(region.arena.buffer, table);
  }

  /**
   * Writes a value into a slot and says how it travels. CARRIER_MESSAGE: nothing was written, the caller posts it.
   *
   * @param slot - word index of the slot
   * @param size - which of the slot's words takes the length
   * @param block - which of the slot's words takes the arena block
   * @param isList - the value is an argument list: an array that nobody else has seen
   */
  write(slot: number, value: unknown, size: number, block: number, isList = false): number {
    const { i32, f64, u8 } = this.#region;
    if (typeof value === 'number') {
      f64[(slot >> 1) + NUMBER] = value;
      return CARRIER_NUMBER;
    }
    if (value === undefined) return CARRIER_UNDEFINED;
    this.#spilled = undefined;
    if (typeof value === 'object' && value !== null) {
      const bytes = bulkBytes(value, isList);
      if (bytes > INLINE_BYTES) return this.#writeBulk(slot, value, bytes, size, block);
    }
    const start = (slot << 2) + INLINE_OFFSET;
    const end = isList
      ? this.#encoder.encodeList(value as unknown[], u8, start, start + INLINE_BYTES)
      : this.#encoder.encode(value, u8, start, start + INLINE_BYTES);
    if (end >= 0) {
      i32[slot + size] = end - start;
      return CARRIER_INLINE;
    }
    const spilled = this.#encoder.spilled;
    if (end !== -1 || spilled === undefined) return CARRIER_MESSAGE;
    const carrier = this.writeBytes(slot, spilled, size, block);
    if (carrier === CARRIER_MESSAGE) this.#spilled = spilled;
    return carrier;
  }

  /** Binary data and long texts say how large they are, so they are copied once, straight into their block. */
  #writeBulk(slot: number, value: unknown, bytes: number, size: number, block: number): number {
    if (bytes > LARGEST_BLOCK) return CARRIER_MESSAGE;
    const { i32, u8, arena } = this.#region;
    try {
      const offset = arena.allocate(bytes + ENVELOPE_BYTES, PAYLOAD_BLOCK, false);
      i32[slot + block] = offset;
      const end = this.#encoder.encode(value, u8, offset, offset + bytes + ENVELOPE_BYTES);
      if (end < 0) return CARRIER_MESSAGE;
      i32[slot + size] = end - offset;
      return CARRIER_BLOCK;
    } catch (error) {
      if (error instanceof ArenaFullError) return CARRIER_MESSAGE;
      throw error;
    }
  }

  /** The value that `write` has just refused, as a message, if the codec has written it all the same. */
  takeSpilled(): Message | undefined {
    const spilled = this.#spilled;
    this.#spilled = undefined;
    return spilled === undefined ? undefined : bytesMessage(new Uint8Array(spilled));
  }

  /** A list that exceeds a block as a message of bytes: copied once, where the platform's clone is cloned again. */
  listMessage(values: readonly unknown[]): Message | undefined {
    const bytes = new Uint8Array(sizeHint(values) + ENVELOPE_BYTES);
    const end = this.#encoder.encodeList(values, bytes, 0, bytes.length);
    return end < 0 ? undefined : bytesMessage(bytes.subarray(0, end));
  }

  /** Writes an encoded value into a slot; see {@linkcode write}. */
  writeBytes(slot: number, bytes: Uint8Array, size: number, block: number): number {
    const { i32, u8, arena } = this.#region;
    i32[slot + size] = bytes.length;
    if (bytes.length <= INLINE_BYTES) {
      u8.set(bytes, (slot << 2) + INLINE_OFFSET);
      return CARRIER_INLINE;
    }
    if (bytes.length > LARGEST_BLOCK) return CARRIER_MESSAGE;
    try {
      const offset = arena.allocate(bytes.length, PAYLOAD_BLOCK, false);
      i32[slot + block] = offset;
      u8.set(bytes, offset);
      return CARRIER_BLOCK;
    } catch (error) {
      if (error instanceof ArenaFullError) return CARRIER_MESSAGE;
      throw error;
    }
  }

  /** Reads what {@linkcode write} wrote; not for CARRIER_MESSAGE. */
  read(slot: number, carrier: number, size: number, block: number): unknown {
    const { i32, f64, u8 } = this.#region;
    if (carrier === CARRIER_NUMBER) return f64[(slot >> 1) + NUMBER];
    if (carrier === CARRIER_UNDEFINED) return undefined;
    const start = carrier === CARRIER_INLINE ? (slot << 2) + INLINE_OFFSET : (i32[slot + block] as number);
    return this.#decoder.decode(u8, start, start + (i32[slot + size] as number));
  }

  /** Reads a value that came by message. */
  receive(form: Form, value: unknown): unknown {
    if (form === BYTES) return this.#decoder.decode(value as Uint8Array, 0, (value as Uint8Array).length);
    return arrivedValue(form, value);
  }
}

/** Whether a value is so large that it travels by message. */
export function exceedsBlock(value: unknown, isList: boolean): boolean {
  return typeof value === 'object' && value !== null && bulkBytes(value, isList) > LARGEST_BLOCK;
}

function bulkBytes(value: object, isList: boolean): number {
  return isList ? sizeHint(value as unknown[]) : binaryBytes(value);
}

/** The size of the buffer that is cloned with a binary value; 0 for everything else. */
function binaryBytes(value: object): number {
  if (ArrayBuffer.isView(value)) return value.buffer.byteLength;
  return value instanceof ArrayBuffer ? value.byteLength : 0;
}

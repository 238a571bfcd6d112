/**
 * How values get into slots and completions and out of them: the smallest carrier that holds them.
 *
 *     undefined            nothing but the carrier itself
 *     a number             one float64 in the slot or the completion itself
 *     what fits            bytes in the slot's body
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
  KEY_TABLE_BYTES,
  NUMBER,
  type Region,
  SIZE,
} from './layout.ts';

/** The kind of the arena blocks that hold arguments and results. */
export const PAYLOAD_BLOCK = 0x52455602;

/** Above this many bytes a copy of one's own, moved in a message, beats two copies through shared memory. */
const LARGEST_BLOCK = 256 * 1024;
/** What the codec adds to binary data, at most. */
const ENVELOPE_BYTES = 128;

/** Reads and writes the values of tasks. One per thread. */
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
   * Writes a value and says how it travels. CARRIER_MESSAGE: nothing was written, the caller posts it.
   *
   * @param at - word index of what takes a number or the length of bytes: the slot, or an entry of a completion ring
   * @param slot - whose body takes bytes
   * @param block - which of the body's words takes the arena block
   * @param isList - the value is an argument list: an array that nobody else has seen
   */
  write(at: number, slot: number, value: unknown, block: number, isList = false): number {
    if (typeof value === 'number') {
      this.#region.f64[(at >> 1) + NUMBER] = value;
      return CARRIER_NUMBER;
    }
    if (value === undefined) return CARRIER_UNDEFINED;
    this.#spilled = undefined;
    if (typeof value === 'object' && value !== null) {
      const bytes = bulkBytes(value, isList);
      if (bytes > INLINE_BYTES) return this.#writeBulk(at, slot, value, bytes, block);
    }
    const { i32, u8 } = this.#region;
    const start = this.#region.inline(slot);
    const end = isList
      ? this.#encoder.encodeList(value as unknown[], u8, start, start + INLINE_BYTES)
      : this.#encoder.encode(value, u8, start, start + INLINE_BYTES);
    if (end >= 0) {
      i32[at + SIZE] = end - start;
      return CARRIER_INLINE;
    }
    const spilled = this.#encoder.spilled;
    if (end !== -1 || spilled === undefined) return CARRIER_MESSAGE;
    const carrier = this.writeBytes(at, slot, spilled, block);
    if (carrier === CARRIER_MESSAGE) this.#spilled = spilled;
    return carrier;
  }

  /** Binary data and long texts say how large they are, so they are copied once, straight into their block. */
  #writeBulk(at: number, slot: number, value: unknown, bytes: number, block: number): number {
    if (bytes > LARGEST_BLOCK) return CARRIER_MESSAGE;
    const { i32, u8, arena } = this.#region;
    try {
      const offset = arena.allocate(bytes + ENVELOPE_BYTES, PAYLOAD_BLOCK, false);
      i32[this.#region.body(slot) + block] = offset;
      const end = this.#encoder.encode(value, u8, offset, offset + bytes + ENVELOPE_BYTES);
      if (end < 0) return CARRIER_MESSAGE;
      i32[at + SIZE] = end - offset;
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

  /** Writes an encoded value; see {@linkcode write}. */
  writeBytes(at: number, slot: number, bytes: Uint8Array, block: number): number {
    const { i32, u8, arena } = this.#region;
    i32[at + SIZE] = bytes.length;
    if (bytes.length <= INLINE_BYTES) {
      u8.set(bytes, this.#region.inline(slot));
      return CARRIER_INLINE;
    }
    if (bytes.length > LARGEST_BLOCK) return CARRIER_MESSAGE;
    try {
      const offset = arena.allocate(bytes.length, PAYLOAD_BLOCK, false);
      i32[this.#region.body(slot) + block] = offset;
      u8.set(bytes, offset);
      return CARRIER_BLOCK;
    } catch (error) {
      if (error instanceof ArenaFullError) return CARRIER_MESSAGE;
      throw error;
    }
  }

  /** Reads what {@linkcode write} wrote; not for CARRIER_MESSAGE. */
  read(at: number, slot: number, carrier: number, block: number): unknown {
    const region = this.#region;
    if (carrier === CARRIER_NUMBER) return region.f64[(at >> 1) + NUMBER];
    if (carrier === CARRIER_UNDEFINED) return undefined;
    const { i32, u8 } = region;
    const start = carrier === CARRIER_INLINE ? region.inline(slot) : (i32[region.body(slot) + block] as number);
    return this.#decoder.decode(u8, start, start + (i32[at + SIZE] as number));
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

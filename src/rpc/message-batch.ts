/** Several messages as one record of bytes: each with its length before it, on a boundary of 8 bytes. */
import type { Decoder } from '../channel/codec/decoder.ts';
import { type Encoder, SPILLED, UNENCODABLE } from '../channel/codec/encoder.ts';

const HEADER_BYTES = 8;
/** A record of this size is sent without waiting for more: the other side begins with some 200 calls meanwhile. */
const FULL_BYTES = 12_288;
const ROOM_BYTES = 65_536;

/**
 * The messages that wait to be sent together. They are encoded when they are added: what is done to them later is not
 * seen.
 */
export class MessageBatch {
  readonly #encoder: Encoder;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(ROOM_BYTES);
  #view: DataView = new DataView(this.#bytes.buffer);
  #end = 0;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  get isEmpty(): boolean {
    return this.#end === 0;
  }

  get isFull(): boolean {
    return this.#end >= FULL_BYTES;
  }

  /** @returns false if the message cannot be copied as bytes; then nothing was added */
  add(message: unknown): boolean {
    const header = this.#end;
    const start = header + HEADER_BYTES;
    let end = this.#encoder.encode(message, this.#bytes, start, this.#bytes.length);
    if (end === UNENCODABLE) return false;
    if (end === SPILLED) end = this.#take(this.#encoder.spilled ?? new Uint8Array(), start);
    this.#view.setUint32(header, end - start, true);
    this.#end = Math.ceil(end / HEADER_BYTES) * HEADER_BYTES;
    return true;
  }

  /** The record of what was added, which is then empty again; undefined if nothing was. */
  record(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#end === 0) return undefined;
    const record = this.#bytes.slice(0, this.#end);
    this.#end = 0;
    if (this.#bytes.length > ROOM_BYTES) this.#use(new Uint8Array(ROOM_BYTES));
    return record;
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** Makes room for a message that did not fit. */
  #take(spilled: Uint8Array, start: number): number {
    const bytes = new Uint8Array(Math.ceil((start + spilled.length) / HEADER_BYTES) * HEADER_BYTES);
    bytes.set(this.#bytes.subarray(0, start));
    bytes.set(spilled, start);
    this.#use(bytes);
    return start + spilled.length;
  }
}

/** Hands on the messages of a record, one after the other. */
export function readMessages(record: Uint8Array, decoder: Decoder, take: (message: unknown) => void): void {
  const view = new DataView(record.buffer, record.byteOffset);
  for (let at = 0; at < record.length;) {
    const start = at + HEADER_BYTES;
    const end = start + view.getUint32(at, true);
    take(decoder.decode(record, start, end));
    at = Math.ceil(end / HEADER_BYTES) * HEADER_BYTES;
  }
}

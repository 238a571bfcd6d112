import type { KeyTable } from './key-table.ts';
import { REFUSED } from './refusal.ts';
import { ValueWriter } from './value-writer.ts';

/** `encode` returns this when the encoding is in `spilled`, as it did not fit. */
export const SPILLED = -1;
/** `encode` returns this when only a message can carry the value, or can say why nothing can. */
export const UNENCODABLE = -2;

/** Turns values into bytes with the semantics of `structuredClone`. */
export class Encoder {
  /** The whole encoding, where it did not fit. Valid until the next call. */
  spilled: Uint8Array | undefined = undefined;

  readonly #arenaBuffer: SharedArrayBuffer | undefined;
  readonly #table: KeyTable | undefined;
  readonly #writer: ValueWriter;
  #busy = false;
  #inner: Encoder | undefined = undefined;

  /**
   * @param arenaBuffer - where shared objects may live besides the memory that is written to
   * @param table - the key table of whoever decodes
   */
  constructor(arenaBuffer?: SharedArrayBuffer, table?: KeyTable) {
    this.#arenaBuffer = arenaBuffer;
    this.#table = table;
    this.#writer = new ValueWriter(arenaBuffer, table);
  }

  /**
   * Encodes a value at `bytes[start..limit)`, whose `start` is 8-byte aligned.
   *
   * @returns the end of the encoding, or SPILLED (it is in `spilled`; getters ran once only), or UNENCODABLE
   * @throws whatever a getter of the value throws, as `structuredClone` does
   *
   * @example
   * ```ts
   * const end = encoder.encode({ id: 7 }, bytes, 0, bytes.length);
   * if (end === UNENCODABLE) port.postMessage(value);
   * ```
   */
  encode(value: unknown, bytes: Uint8Array, start: number, limit: number): number {
    return this.#encode(value, false, bytes, start, limit);
  }

  /** Encodes a call's arguments: an array known to have no holes and no other properties. Decodes to an array. */
  encodeList(values: readonly unknown[], bytes: Uint8Array, start: number, limit: number): number {
    return this.#encode(values, true, bytes, start, limit);
  }

  #encode(value: unknown, isList: boolean, bytes: Uint8Array, start: number, limit: number): number {
    if (this.#busy) return this.#encodeInside(value, isList, bytes, start, limit);
    const writer = this.#writer;
    this.spilled = undefined;
    this.#busy = true;
    try {
      writer.open(bytes, start, limit);
      writer.message(value, isList);
      if (!writer.moved) return writer.at << 2;
      return this.#spill(bytes, start, limit);
    } catch (error) {
      // A RangeError is the stack's end, or a getter's own: either way the platform's clone says it exactly.
      if (error === REFUSED || error instanceof RangeError) return UNENCODABLE;
      throw error;
    } finally {
      writer.close();
      this.#busy = false;
    }
  }

  #spill(bytes: Uint8Array, start: number, limit: number): number {
    const spilled = this.#writer.takeSpilled();
    if (start + spilled.length <= limit) {
      // It moved only because words cannot be laid over these bytes.
      bytes.set(spilled, start);
      return start + spilled.length;
    }
    this.spilled = spilled;
    return SPILLED;
  }

  /** A getter of the value being encoded encodes another: it must not write over the state of the first. */
  #encodeInside(value: unknown, isList: boolean, bytes: Uint8Array, start: number, limit: number): number {
    const inner = (this.#inner ??= new Encoder(this.#arenaBuffer, this.#table));
    const end = isList
      ? inner.encodeList(value as readonly unknown[], bytes, start, limit)
      : inner.encode(value, bytes, start, limit);
    this.spilled = inner.spilled;
    return end;
  }
}

import type { KeyTable } from './key-table.ts';
import { ValueReader } from './value-reader.ts';

/** Turns the bytes that an Encoder wrote back into the value. */
export class Decoder {
  readonly #reader: ValueReader;

  /**
   * @param arenaBuffer - where shared objects live, if not in the memory that is decoded
   * @param table - the key table of whoever encodes
   */
  constructor(arenaBuffer?: SharedArrayBuffer, table?: KeyTable) {
    this.#reader = new ValueReader(arenaBuffer, table);
  }

  /**
   * The value encoded at `bytes[start..end)`, whose `start` is 8-byte aligned. The result holds no view of `bytes`.
   *
   * @throws {TypeError} when the bytes are not what an Encoder wrote
   *
   * @example
   * ```ts
   * const end = new Encoder().encode({ id: 7 }, bytes, 0, bytes.length);
   * const value = new Decoder().decode(bytes, 0, end);
   * ```
   */
  decode(bytes: Uint8Array, start: number, end: number): unknown {
    const reader = this.#reader;
    reader.open(bytes, start, end);
    try {
      return reader.message();
    } finally {
      reader.close();
    }
  }
}

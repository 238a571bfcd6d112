import { corrupt } from './corrupt.ts';

/** Words out of memory, never beyond `end`. */
export class Reader {
  words: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);
  bytes: Uint8Array = new Uint8Array(0);
  /** The next word to read, and the one after the last that may be read. */
  at = 0;
  end = 0;
  /** Where the message starts, in words. */
  origin = 0;

  #target: Uint8Array | undefined = undefined;

  /** Starts on the message at `start`, which is 8-byte aligned. */
  open(bytes: Uint8Array, start: number, end: number): void {
    if (bytes.byteOffset % 8 !== 0) {
      this.open(bytes.slice(start, end), 0, end - start);
      return;
    }
    if (bytes !== this.#target) this.#attach(bytes);
    this.at = this.origin = start >> 2;
    this.end = Math.min(end >> 2, this.words.length);
  }

  /** One word. */
  word(): number {
    const { at } = this;
    if (at >= this.end) throw corrupt('the message breaks off', at);
    this.at = at + 1;
    return this.words[at] as number;
  }

  double(): number {
    const place = (this.at + 1) & ~1;
    if (place + 2 > this.end) throw corrupt('the message breaks off', this.at);
    this.at = place + 2;
    return this.doubles[place >> 1] as number;
  }

  /** A copy of the next bytes, which begin at an 8-byte boundary. */
  copy(length: number): ArrayBuffer {
    const place = (this.at + 1) & ~1;
    const next = place + Math.ceil(length / 4);
    if (next > this.end) throw corrupt('the message breaks off', this.at);
    this.at = next;
    // Made from a view, the copy's memory need not be zeroed first.
    return new Uint8Array(this.bytes.subarray(place << 2, (place << 2) + length)).buffer;
  }

  #attach(bytes: Uint8Array): void {
    this.#target = bytes;
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    this.doubles = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 3);
  }
}

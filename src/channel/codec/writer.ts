import { REFUSED } from './refusal.ts';

const FIRST_SPILL_WORDS = 4096;
/** A spill buffer that grew beyond this many words is not kept for the next value. */
const KEPT_SPILL_WORDS = 1 << 18;
/** Offsets in bytes must stay below 2 GiB; what is larger goes by message. */
const MAX_SPILL_WORDS = 1 << 28;

/**
 * Words into memory that may prove too small: then what is written so far moves to a private buffer, which
 * grows as needed, and writing goes on there.
 */
export class Writer {
  /** Three views of the memory written to. */
  words: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);
  bytes: Uint8Array = new Uint8Array(0);
  /** The next word to write, and the one after the last that may be written. */
  at = 0;
  limit = 0;
  /** Where the message starts, in words: even, so 8-byte alignment is the same however far the message has moved. */
  origin = 0;
  /** True once the message has moved to the private buffer. */
  moved = false;

  /** The caller's memory that the views below are of. */
  #target: Uint8Array | undefined = undefined;
  #targetWords: Int32Array = this.words;
  #targetDoubles: Float64Array = this.doubles;
  #spill: ArrayBuffer | undefined = undefined;

  /** The buffer that the caller gave, wherever the message is by now. */
  get targetBuffer(): ArrayBufferLike | undefined {
    return this.#target?.buffer;
  }

  /** Starts a message at `start`, which is 8-byte aligned, in the caller's memory. */
  open(bytes: Uint8Array, start: number, limit: number): void {
    if (bytes !== this.#target || this.moved) this.#attach(bytes);
    if (this.moved) {
      // Memory that words cannot be laid over: start in the private buffer at once.
      this.at = this.origin = 0;
      this.limit = 0;
      this.#grow(FIRST_SPILL_WORDS);
      return;
    }
    this.at = this.origin = start >> 2;
    this.limit = limit >> 2;
  }

  /** Makes room for `count` more words. Views may be others afterwards. */
  reserve(count: number): void {
    if (this.at + count > this.limit) this.#grow(count);
  }

  /** The whole message, where it did not fit. Valid until the next message. */
  takeSpilled(): Uint8Array {
    const spilled = this.bytes.subarray(0, this.at << 2);
    if (this.words.length > KEPT_SPILL_WORDS) this.#spill = undefined;
    return spilled;
  }

  double(tag: number, value: number): void {
    this.reserve(4);
    this.words[this.at] = tag;
    const place = (this.at + 2) & ~1;
    this.doubles[place >> 1] = value;
    this.at = place + 2;
  }

  /** Copies words: so few that a call of the platform would take longer. */
  append(source: Int32Array): void {
    const { length } = source;
    this.reserve(length);
    const { words, at } = this;
    for (let i = 0; i < length; i++) words[at + i] = source[i] as number;
    this.at = at + length;
  }

  /** Copies bytes to the next 8-byte boundary. */
  copy(source: Uint8Array): void {
    this.reserve(3 + ((source.length + 3) >> 2));
    this.at = (this.at + 1) & ~1;
    this.bytes.set(source, this.at << 2);
    this.at += (source.length + 3) >> 2;
  }

  #attach(bytes: Uint8Array): void {
    this.#target = bytes;
    this.moved = bytes.byteOffset % 8 !== 0;
    if (this.moved) return;
    if (
      bytes.buffer !== this.#targetWords.buffer ||
      bytes.byteOffset !== this.#targetWords.byteOffset ||
      bytes.byteLength >> 2 !== this.#targetWords.length
    ) {
      this.#targetWords = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
      this.#targetDoubles = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 3);
    }
    this.words = this.#targetWords;
    this.doubles = this.#targetDoubles;
    this.bytes = bytes;
  }

  #grow(count: number): void {
    const length = this.at - this.origin;
    const needed = length + count;
    if (needed > MAX_SPILL_WORDS) throw REFUSED;
    const size = Math.max(FIRST_SPILL_WORDS, this.moved && this.limit > 0 ? this.limit * 2 : 0, needed + (needed >> 1));
    let buffer = this.#spill;
    const reusable = buffer !== undefined && buffer !== this.words.buffer && buffer.byteLength >= needed << 2;
    if (buffer === undefined || !reusable) {
      buffer = new ArrayBuffer((size << 2) & ~7);
      this.#spill = buffer;
    }
    const words = new Int32Array(buffer);
    if (length > 0) words.set(this.words.subarray(this.origin, this.at));
    this.words = words;
    this.doubles = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.at = length;
    this.origin = 0;
    this.limit = words.length;
    this.moved = true;
  }
}

import { corrupt } from './corrupt.ts';
import { decodeUtf8, host } from './host.ts';
import { ASCII, LONG, UTF16, UTF8 } from './tags.ts';

/** Texts of up to this many characters are remembered, so that one that comes again is neither read nor allocated. */
const REMEMBERED_LENGTH = 16;
/** A power of two. */
const REMEMBERED = 512;

const { fromCharCode } = String;

/** Words and text out of memory, never beyond `end`. */
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
  readonly #texts: string[] = new Array<string>(REMEMBERED).fill('');
  /** Five words for each remembered text: its length and its characters. */
  readonly #textWords: Int32Array = new Int32Array(REMEMBERED * 5);

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

  /** The text whose header was just read. */
  text(header: number): string {
    const tag = header & 0xff;
    let length = header >>> 8;
    if (length === LONG) length = this.word() >>> 0;
    const { at } = this;
    const next = at + Math.ceil((tag === UTF16 ? length * 2 : length) / 4);
    if (next > this.end) throw corrupt('the message breaks off', at);
    this.at = next;
    const from = at << 2;
    if (tag === UTF8) return decodeUtf8(this.bytes, from, from + length);
    if (tag === UTF16) return this.#units(from, length);
    if (length <= REMEMBERED_LENGTH) return this.#remembered(at, length);
    return this.#singleBytes(from, length, tag);
  }

  #remembered(at: number, length: number): string {
    if (length === 0) return '';
    const { words } = this;
    const a = words[at] as number;
    const b = length > 4 ? (words[at + 1] as number) : 0;
    const c = length > 8 ? (words[at + 2] as number) : 0;
    const d = length > 12 ? (words[at + 3] as number) : 0;
    let hash = Math.imul(
      a ^ Math.imul(b, 0x01000193) ^ Math.imul(c, 0x5bd1e995) ^ Math.imul(d, 0x2c1b3c6d) ^ length,
      0x9e3779b1,
    );
    hash ^= hash >>> 15;
    const place = hash & (REMEMBERED - 1);
    const base = place * 5;
    const known = this.#textWords;
    if (
      known[base] === length &&
      known[base + 1] === a &&
      known[base + 2] === b &&
      known[base + 3] === c &&
      known[base + 4] === d
    ) {
      return this.#texts[place] as string;
    }
    const text = this.#singleBytes(at << 2, length, ASCII);
    known[base] = length;
    known[base + 1] = a;
    known[base + 2] = b;
    known[base + 3] = c;
    known[base + 4] = d;
    this.#texts[place] = text;
    return text;
  }

  #singleBytes(from: number, length: number, tag: number): string {
    if (length >= host.readLatin1From || length > 28) {
      if (host.readLatin1 !== undefined) return host.readLatin1(this.bytes, from, from + length);
      if (length > 28 && tag === ASCII) return decodeUtf8(this.bytes, from, from + length);
    }
    return shortText(this.bytes, from, length);
  }

  #units(from: number, length: number): string {
    const units = new Uint16Array(this.bytes.buffer, this.bytes.byteOffset + from, length);
    let text = '';
    for (let i = 0; i < length; i += 4096) {
      text += fromCharCode.apply(null, units.subarray(i, Math.min(i + 4096, length)) as unknown as number[]);
    }
    return text;
  }

  #attach(bytes: Uint8Array): void {
    this.#target = bytes;
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    this.doubles = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 3);
  }
}

/** One call with all characters builds a flat string at once, where adding them up allocates at every step. */
function shortText(b: Uint8Array, p: number, length: number): string {
  let text = '';
  let at = p;
  let left = length;
  for (; left >= 8; left -= 8, at += 8) {
    text += fromCharCode(
      b[at] as number,
      b[at + 1] as number,
      b[at + 2] as number,
      b[at + 3] as number,
      b[at + 4] as number,
      b[at + 5] as number,
      b[at + 6] as number,
      b[at + 7] as number,
    );
  }
  switch (left) {
    case 1:
      return text + fromCharCode(b[at] as number);
    case 2:
      return text + fromCharCode(b[at] as number, b[at + 1] as number);
    case 3:
      return text + fromCharCode(b[at] as number, b[at + 1] as number, b[at + 2] as number);
    case 4:
      return text + fromCharCode(b[at] as number, b[at + 1] as number, b[at + 2] as number, b[at + 3] as number);
    case 5:
      return (
        text +
        fromCharCode(
          b[at] as number,
          b[at + 1] as number,
          b[at + 2] as number,
          b[at + 3] as number,
          b[at + 4] as number,
        )
      );
    case 6:
      return (
        text +
        fromCharCode(
          b[at] as number,
          b[at + 1] as number,
          b[at + 2] as number,
          b[at + 3] as number,
          b[at + 4] as number,
          b[at + 5] as number,
        )
      );
    case 7:
      return (
        text +
        fromCharCode(
          b[at] as number,
          b[at + 1] as number,
          b[at + 2] as number,
          b[at + 3] as number,
          b[at + 4] as number,
          b[at + 5] as number,
          b[at + 6] as number,
        )
      );
    default:
      return text;
  }
}

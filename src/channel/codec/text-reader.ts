import { corrupt } from './corrupt.ts';
import { decodeUtf8, host } from './host.ts';
import { Reader } from './reader.ts';
import { LONG, MESSAGE, MESSAGE_WIDE, UTF16, UTF8 } from './tags.ts';

/**
 * So many units of the joined texts are read at a time. The single texts are slices, and of a text of 13 or more
 * characters V8 makes a window on the whole: whoever keeps one keeps no more than this alive.
 */
const CHUNK = 512;
/** Texts of so many units are read for themselves. */
const ALONE = 128;

const { fromCharCode } = String;

/** Text, of which the most lies joined behind the values. */
export class TextReader extends Reader {
  #chunk = '';
  #chunkAt = 0;
  /** The unit of the joined texts that the next chunk begins with, and how many units there are. */
  #unit = 0;
  #units = 0;
  /** Where the joined texts lie, in bytes. */
  #place = 0;
  #wide = false;

  /** Reads the message's header and returns its flags. */
  begin(): number {
    const header = this.word();
    const units = this.word();
    if ((header & MESSAGE) === 0) throw corrupt('something else than a message', this.at - 2);
    const wide = (header & MESSAGE_WIDE) !== 0;
    const start = this.origin + (header >>> 3);
    if (units < 0 || start + Math.ceil(wide ? units / 2 : units / 4) > this.end) {
      throw corrupt('the message breaks off', this.at - 1);
    }
    this.end = start;
    this.#place = start << 2;
    this.#unit = 0;
    this.#units = units;
    this.#wide = wide;
    this.#chunk = '';
    this.#chunkAt = 0;
    return header;
  }

  /** The next of the joined texts. */
  bundled(length: number): string {
    const from = this.#chunkAt;
    const to = from + length;
    const chunk = this.#chunk;
    if (to > chunk.length) return this.#inNextChunk(length);
    this.#chunkAt = to;
    return chunk.slice(from, to);
  }

  /** A text among the values, whose header was just read. */
  text(header: number): string {
    const tag = header & 0xff;
    let length = header >>> 8;
    if (length === LONG) length = this.word() >>> 0;
    const { at } = this;
    const next = at + Math.ceil((tag === UTF16 ? length * 2 : length) / 4);
    if (next > this.end) throw corrupt('the message breaks off', at);
    this.at = next;
    const from = at << 2;
    if (tag === UTF16) return this.#wideUnits(from, length);
    if (tag === UTF8) return decodeUtf8(this.bytes, from, from + length);
    return this.#narrowUnits(from, length);
  }

  #inNextChunk(length: number): string {
    const first = this.#unit - this.#chunk.length + this.#chunkAt;
    const left = this.#units - first;
    if (length > left) throw corrupt('a text that breaks off', this.at - 1);
    const taken = length >= ALONE ? length : Math.min(left, CHUNK);
    const text = this.#wide
      ? this.#wideUnits(this.#place + 2 * first, taken)
      : this.#narrowUnits(this.#place + first, taken);
    this.#unit = first + taken;
    this.#chunk = text;
    this.#chunkAt = length;
    return length === taken ? text : text.slice(0, length);
  }

  /** ASCII, which is Latin-1 and UTF-8 as well. */
  #narrowUnits(from: number, length: number): string {
    if (length >= host.readLatin1From || length > 28) {
      if (host.readLatin1 !== undefined) return host.readLatin1(this.bytes, from, from + length);
      if (length > 28) return decodeUtf8(this.bytes, from, from + length);
    }
    return shortText(this.bytes, from, length);
  }

  #wideUnits(from: number, length: number): string {
    const units = new Uint16Array(this.bytes.buffer, this.bytes.byteOffset + from, length);
    let text = '';
    for (let i = 0; i < length; i += 4096) {
      text += fromCharCode.apply(null, units.subarray(i, Math.min(i + 4096, length)) as unknown as number[]);
    }
    return text;
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

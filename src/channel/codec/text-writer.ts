import { encodeInto, host } from './host.ts';
import { ASCII, LONG, MAX_BUNDLED, MESSAGE, MESSAGE_WIDE, TEXT, UTF16, UTF8 } from './tags.ts';
import { Writer } from './writer.ts';

/** From this length on V8 makes a rope of two texts that are joined, which must not be read one unit at a time. */
const ROPE_LENGTH = 13;

/**
 * Text. A call to the runtime costs as much as writing 20 to 60 characters by hand, so the texts of a message are
 * joined, which copies nothing yet, and written behind its values by one call.
 */
export class TextWriter extends Writer {
  #texts = '';
  #count = 0;

  /** Leaves room for the message's header. */
  begin(): void {
    this.reserve(2);
    this.at += 2;
  }

  /** Writes the texts and the header, with these flags. */
  finish(flags: number): void {
    const start = this.at - this.origin;
    const texts = this.#texts;
    const { length } = texts;
    let all = flags | MESSAGE;
    if (length > 0) {
      this.reserve((length + 3) >> 2);
      if (!this.#narrow(texts)) {
        this.#wide(texts);
        all |= MESSAGE_WIDE;
      }
    }
    const { origin, words } = this;
    words[origin] = (start << 3) | all;
    words[origin + 1] = length;
  }

  /** Forgets the texts. Must follow every message. */
  closeTexts(): void {
    if (this.#count === 0) return;
    this.#texts = '';
    this.#count = 0;
  }

  text(text: string): void {
    const { length } = text;
    if (length > MAX_BUNDLED) {
      this.#longText(text);
      return;
    }
    if (this.at >= this.limit) this.reserve(1);
    this.words[this.at++] = (length << 8) | TEXT;
    this.#texts += text;
    this.#count++;
  }

  /** One byte a unit; false if not all are ASCII. There is room for that many bytes. */
  #narrow(texts: string): boolean {
    const { length } = texts;
    if (length < ROPE_LENGTH || (this.#count === 1 && length < host.writeUtf8From)) return this.#byHand(texts);
    const { at, limit, bytes } = this;
    const place = at << 2;
    // Text of as many bytes of UTF-8 as it has units is ASCII, if all of it was written.
    if (host.writeUtf8 !== undefined && place + 3 * length <= limit << 2) {
      if (host.writeUtf8(bytes, texts, place) !== length) return false;
    } else {
      const { read, written } = encodeInto(bytes, texts, place, limit << 2);
      if (read !== length || written !== length) return false;
    }
    this.at = at + ((length + 3) >> 2);
    return true;
  }

  #byHand(texts: string): boolean {
    const { length } = texts;
    const { words } = this;
    let place = this.at;
    let all = 0;
    let i = 0;
    // Four characters a store: half the time of a store for each.
    for (; i + 3 < length; i += 4) {
      const a = texts.charCodeAt(i);
      const b = texts.charCodeAt(i + 1);
      const c = texts.charCodeAt(i + 2);
      const d = texts.charCodeAt(i + 3);
      all |= a | b | c | d;
      words[place++] = a | (b << 8) | (c << 16) | (d << 24);
    }
    if (i < length) {
      let rest = 0;
      for (let shift = 0; i < length; i++, shift += 8) {
        const unit = texts.charCodeAt(i);
        all |= unit;
        rest |= unit << shift;
      }
      words[place++] = rest;
    }
    if (all > 0x7f) return false;
    this.at = place;
    return true;
  }

  /** Two bytes a unit, whatever it is. */
  #wide(texts: string): void {
    const { length } = texts;
    this.reserve((length + 1) >> 1);
    const { bytes } = this;
    const units = new Uint16Array(bytes.buffer, bytes.byteOffset + (this.at << 2), length);
    for (let i = 0; i < length; i++) units[i] = texts.charCodeAt(i);
    this.at += (length + 1) >> 1;
  }

  /** Text that stands among the values, in the narrowest form that is exact. */
  #longText(text: string): void {
    const { length } = text;
    // Where the text starts must not hang on how many bytes it turns out to have.
    const start = 3 * length < LONG ? 1 : 2;
    const most = start + 1 + ((3 * length) >> 2);
    let written = -1;
    if (this.at + most <= this.limit) {
      const place = (this.at + start) << 2;
      written =
        host.writeUtf8 === undefined
          ? encodeInto(this.bytes, text, place, this.limit << 2).written
          : host.writeUtf8(this.bytes, text, place);
    } else {
      this.reserve(start + ((length + 3) >> 2));
      const result = encodeInto(this.bytes, text, (this.at + start) << 2, this.limit << 2);
      written = result.written;
      if (result.read < length) {
        this.reserve(most);
        written = encodeInto(this.bytes, text, (this.at + start) << 2, this.limit << 2).written;
      }
    }
    // Lone surrogates have no UTF-8: the units themselves are exact.
    if (written !== length && !text.isWellFormed()) {
      this.#header(UTF16, length, length < LONG ? 1 : 2);
      this.#wide(text);
      return;
    }
    this.#header(written === length ? ASCII : UTF8, written, start);
    this.at += (written + 3) >> 2;
  }

  #header(tag: number, length: number, words: number): void {
    this.words[this.at] = tag | ((words === 1 ? length : LONG) << 8);
    if (words === 2) this.words[this.at + 1] = length;
    this.at += words;
  }
}

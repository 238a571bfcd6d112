/**
 * Splits bytes into lines.
 *
 * Whole blocks of lines are decoded at once, which costs a fraction of decoding line by line. A line ends at LF or
 * CRLF, the last one at the end of the input; a byte order mark at the start of the input is dropped. What is not
 * UTF-8, or longer than the bound, is reported as a fault of its line rather than passed on altered.
 */

/** The bytes of the longest line that is accepted. */
export const LONGEST_LINE: number = 64 * 1024 * 1024;

/** One line of the input. */
export interface InputLine {
  /** Its number, from 1. */
  readonly number: number;
  /** Its text, or the start of it if it is too long. */
  readonly text: string;
  /** Why the line cannot be used. */
  readonly fault?: string;
}

const LF = 10;
const REPLACEMENT = '\uFFFD';
const KEPT_OF_TOO_LONG = 1_024;

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Turns a sequence of chunks into numbered lines. */
export class LineSplitter {
  readonly #skip: number;
  readonly #longest: number;
  #carried: Uint8Array[] = [];
  #carriedBytes = 0;
  #number = 0;
  #taken = 0;
  #passed = 0;

  /**
   * @param skip how many lines to leave out at the start.
   * @param longest the bytes of the longest line that is accepted.
   */
  constructor(skip = 0, longest: number = LONGEST_LINE) {
    this.#skip = skip;
    this.#longest = longest;
  }

  /** How many bytes the lines passed so far take; within a block of lines an estimate. */
  get passedBytes(): number {
    return this.#passed;
  }

  /** How many lines were passed, with those left out. */
  get lines(): number {
    return this.#number;
  }

  /** The lines that `chunk` completes. They must be taken before the next call. */
  *split(chunk: Uint8Array): Generator<InputLine, void, undefined> {
    const base = this.#taken;
    this.#taken += chunk.length;
    let start = 0;
    while (this.#number < this.#skip) {
      const end = chunk.indexOf(LF, start);
      if (end < 0) {
        this.#carriedBytes += chunk.length - start;
        return;
      }
      this.#number++;
      this.#carriedBytes = 0;
      start = end + 1;
      this.#passed = base + start;
    }
    if (this.#carriedBytes > 0) {
      const end = chunk.indexOf(LF, start);
      if (end < 0) return this.#carry(chunk.subarray(start));
      this.#carry(chunk.subarray(start, end));
      start = end + 1;
      this.#passed = base + start;
      yield this.#carriedLine();
    }
    const last = chunk.lastIndexOf(LF);
    if (last >= start) {
      yield* this.#block(chunk.subarray(start, last));
      start = last + 1;
      this.#passed = base + start;
    }
    if (start < chunk.length) this.#carry(chunk.subarray(start));
  }

  /** The last line, if it does not end in a line break. */
  *end(): Generator<InputLine, void, undefined> {
    this.#passed = this.#taken;
    if (this.#carriedBytes === 0) return;
    if (this.#number >= this.#skip) yield this.#carriedLine();
    else this.#number++;
    this.#carriedBytes = 0;
  }

  /** Keeps the start of a line whose end has not come; of one that is too long only what its error shows. */
  #carry(bytes: Uint8Array): void {
    this.#carriedBytes += bytes.length;
    if (this.#carriedBytes <= this.#longest) {
      this.#carried.push(bytes);
    } else if (this.#carried.length !== 1 || (this.#carried[0]?.length ?? 0) > KEPT_OF_TOO_LONG) {
      this.#carried = [joined([...this.#carried, bytes], KEPT_OF_TOO_LONG)];
    }
  }

  #carriedLine(): InputLine {
    const bytes = joined(this.#carried, this.#longest);
    const length = this.#carriedBytes;
    this.#carried = [];
    this.#carriedBytes = 0;
    return this.#strictLine(bytes, length);
  }

  /** Lines with only line breaks between them. */
  *#block(bytes: Uint8Array): Generator<InputLine, void, undefined> {
    const text = lenient.decode(bytes);
    // A replacement character is in the input, or stands for bytes that are not UTF-8: each line is to be looked at.
    const doubtful = text.includes(REPLACEMENT);
    if (doubtful || bytes.length > this.#longest) {
      for (let start = 0; start <= bytes.length;) {
        const found = bytes.indexOf(LF, start);
        const end = found < 0 ? bytes.length : found;
        yield this.#strictLine(bytes.subarray(start, end), end - start);
        start = end + 1;
      }
      return;
    }
    const base = this.#passed;
    const bytesPerCharacter = text.length === 0 ? 1 : bytes.length / text.length;
    for (let start = 0; ;) {
      const end = text.indexOf('\n', start);
      this.#passed = base + (end < 0 ? text.length : end) * bytesPerCharacter;
      yield { number: ++this.#number, text: this.#trimmed(end < 0 ? text.slice(start) : text.slice(start, end)) };
      if (end < 0) return;
      start = end + 1;
    }
  }

  #strictLine(bytes: Uint8Array, length: number): InputLine {
    const number = ++this.#number;
    if (length > this.#longest) {
      const fault = `The line has ${length} bytes and the longest that is accepted has ${this.#longest}`;
      return { number, text: lenient.decode(bytes.subarray(0, KEPT_OF_TOO_LONG)), fault };
    }
    try {
      return { number, text: this.#trimmed(strict.decode(bytes)) };
    } catch {
      return { number, text: this.#trimmed(lenient.decode(bytes)), fault: 'The line is not valid UTF-8' };
    }
  }

  /** Without a carriage return at its end and a byte order mark on the first line, which has been counted already. */
  #trimmed(text: string): string {
    const start = this.#number === 1 && text.charCodeAt(0) === 0xfeff ? 1 : 0;
    const end = text.charCodeAt(text.length - 1) === 13 ? text.length - 1 : text.length;
    return start === 0 && end === text.length ? text : text.slice(start, end);
  }
}

/** The first `most` bytes of `parts` in one array. */
function joined(parts: readonly Uint8Array[], most: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && only.length <= most) return only;
  const length = Math.min(
    most,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    const taken = part.subarray(0, length - at);
    whole.set(taken, at);
    at += taken.length;
  }
  return whole;
}

/**
 * What a process writes, kept as its last lines.
 *
 * The pipe is always read, so no process ever waits for somebody to take its output, and what is kept is bounded: the
 * oldest lines make room, counted. Readers are cursors into the one log (as in `channel/topic-log.ts`, less the
 * sharing): a reader that falls behind goes on with the oldest line that is there and knows how many it has missed.
 */
import { ChannelClosedError } from '../errors.ts';
import { waitWithin } from '../pacing/timeout.ts';
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import { type LineReader, LogReader } from './line-reader.ts';
import type { LinesOptions, ProcessOutput } from './process-output.ts';

/** A longer line counts as several, so that one without an end is bounded, too. */
const LONGEST_LINE = 16_384;
/** So many lines at the start of the array may be empty before it is cut. */
const SLACK = 1_024;

export class OutputLog implements ProcessOutput {
  readonly #limit: number;
  readonly #onLine: ((line: string) => void) | undefined;
  #decoder = new TextDecoder();
  readonly #lines: string[] = [];
  /** The place in the array of the oldest line that is kept. */
  #oldest = 0;
  /** The number of the line at place 0. */
  #base = 0;
  /** Characters in the lines that are kept, line ends included. */
  #size = 0;
  #unfinished = '';
  #dropped = 0;
  /** Who looks for a line; told undefined when there are no more. */
  readonly #watchers = new Set<(line: string | undefined) => void>();
  #isOver = false;
  /** The number of the first line of the process that writes. */
  #runStart = 0;
  #change: { readonly promise: Promise<void>; readonly tell: () => void } | undefined;

  /** @param limit - the most characters that are kept */
  constructor(limit: number, onLine?: (line: string) => void) {
    this.#limit = limit;
    this.#onLine = onLine;
  }

  get tail(): string {
    const kept = this.#lines.slice(this.#oldest);
    return [...kept, this.#unfinished].join('\n').slice(-this.#limit);
  }

  get dropped(): number {
    return this.#dropped;
  }

  get lineCount(): number {
    return this.#base + this.#lines.length;
  }

  /** The number of the oldest line that is kept, counted from 0. */
  get first(): number {
    return this.#base + this.#oldest;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  line(number: number): string {
    return this.#lines[number - this.#base] ?? '';
  }

  lines(options: LinesOptions = {}): LineReader {
    checkWaitOptions(options);
    const { from = 'kept', signal } = options;
    if (from !== 'kept' && from !== 'now') {
      throw new TypeError(`Expected option 'from' to be 'kept' or 'now', got ${describe(from)}`);
    }
    return new LogReader(this, from === 'kept' ? this.first : this.lineCount, signal);
  }

  [Symbol.asyncIterator](): LineReader {
    return this.lines();
  }

  async waitForLine(pattern: RegExp, options: WaitOptions = {}): Promise<string> {
    if (!(pattern instanceof RegExp)) {
      throw new TypeError(`Expected 'pattern' to be a regular expression, got ${describe(pattern)}`);
    }
    checkWaitOptions(options);
    const match = (stop: AbortSignal): Promise<string> => this.#match(pattern, this.first, stop);
    return await waitWithin(match, options, `waitForLine(${String(pattern)})`);
  }

  /** More of it. */
  push(chunk: Uint8Array): void {
    this.append(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The first line of this run that matches. */
  matchInRun(pattern: RegExp, signal: AbortSignal): Promise<string> {
    return this.#match(pattern, this.#runStart, signal);
  }

  /** A process has ended, and with it the line that it was writing. Another one may follow. */
  endOfRun(): void {
    this.append(this.#decoder.decode());
    this.#decoder = new TextDecoder();
    if (this.#unfinished !== '') this.append('\n');
  }

  /** What comes from now on is written by another process. */
  startOfRun(): void {
    this.#runStart = this.lineCount;
  }

  /** Nothing follows. */
  close(): void {
    this.endOfRun();
    this.#isOver = true;
    for (const look of this.#watchers) look(undefined);
    this.#tellReaders();
  }

  /** Resolves when there is more to read, or nothing to come. */
  changed(): Promise<void> {
    if (this.#change === undefined) {
      let tell!: () => void;
      const promise = new Promise<void>((resolve) => (tell = resolve));
      this.#change = { promise, tell };
    }
    return this.#change.promise;
  }

  /** Sees every line, also one that is not kept for as long as a reader takes to come to it. */
  #match(pattern: RegExp, from: number, signal: AbortSignal): Promise<string> {
    for (let number = Math.max(from, this.first); number < this.lineCount; number++) {
      if (matches(pattern, this.line(number))) return Promise.resolve(this.line(number));
    }
    return new Promise((resolve, reject) => {
      const look = (line: string | undefined): void => {
        if (line !== undefined && !matches(pattern, line)) return;
        forget();
        if (line !== undefined) resolve(line);
        else reject(new ChannelClosedError(`The process has ended, and none of its lines matches ${String(pattern)}`));
      };
      const stop = (): void => {
        forget();
        reject(signal.reason);
      };
      const forget = (): void => {
        this.#watchers.delete(look);
        signal.removeEventListener('abort', stop);
      };
      if (this.#isOver) return look(undefined);
      this.#watchers.add(look);
      signal.addEventListener('abort', stop);
    });
  }

  /** More of it, as text. */
  append(text: string): void {
    if (text === '') return;
    const parts = text.split('\n');
    const last = parts.length - 1;
    for (const [place, part] of parts.entries()) {
      this.#unfinished += part;
      this.#cutLongLine();
      if (place === last) break;
      const line = this.#unfinished;
      this.#unfinished = '';
      this.#addLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    }
    this.#dropOldest();
    if (last > 0) this.#tellReaders();
  }

  #cutLongLine(): void {
    if (this.#unfinished.length <= LONGEST_LINE) return;
    const whole = this.#unfinished;
    const pieces = Math.ceil(whole.length / LONGEST_LINE) - 1;
    for (let piece = 0; piece < pieces; piece++) {
      this.#addLine(whole.slice(piece * LONGEST_LINE, (piece + 1) * LONGEST_LINE));
    }
    this.#unfinished = whole.slice(pieces * LONGEST_LINE);
    this.#tellReaders();
  }

  #addLine(line: string): void {
    this.#lines.push(line);
    this.#size += line.length + 1;
    this.#onLine?.(line);
    for (const look of this.#watchers) look(line);
  }

  #dropOldest(): void {
    while (this.#size + this.#unfinished.length > this.#limit && this.#oldest < this.#lines.length) {
      const length = (this.#lines[this.#oldest] ?? '').length + 1;
      this.#lines[this.#oldest++] = '';
      this.#size -= length;
      this.#dropped += length;
    }
    if (this.#oldest < SLACK || this.#oldest * 2 < this.#lines.length) return;
    this.#lines.splice(0, this.#oldest);
    this.#base += this.#oldest;
    this.#oldest = 0;
  }

  #tellReaders(): void {
    const change = this.#change;
    this.#change = undefined;
    change?.tell();
  }
}

/** One with the flag `g` would go on where it stopped in another line. */
function matches(pattern: RegExp, line: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(line);
}

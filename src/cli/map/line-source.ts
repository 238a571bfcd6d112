/** The lines of a stream, taken one at a time and read no further ahead than the chunk they come from. */
import type { Readable } from 'node:stream';
import type { InputLine, LineSplitter } from './line-splitter.ts';

/** Pulls chunks as its lines are taken, so a slow consumer holds back whoever writes the stream. */
export class LineSource {
  readonly #stream: Readable;
  readonly #splitter: LineSplitter;
  readonly #wake: () => void;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #lines: Iterator<InputLine, void, undefined> | undefined;
  #reading = false;
  #drained = false;
  #ended = false;
  #exhausted = false;
  #failure: unknown;

  /** @param wake called when there is more to take, or no more will come. */
  constructor(stream: Readable, splitter: LineSplitter, wake: () => void) {
    this.#stream = stream;
    this.#splitter = splitter;
    this.#wake = wake;
    this.#chunks = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** True when every line was taken, reading failed, or the source was closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Why reading failed. */
  get failure(): unknown {
    return this.#failure;
  }

  /** True when every line of the stream was taken. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** About how many bytes the lines that were taken have. */
  get bytes(): number {
    return this.#splitter.passedBytes;
  }

  /** The next line; `undefined` if it has not come yet (`wake` will be called) or there is none (`ended`). */
  next(): InputLine | undefined {
    if (this.#ended || this.#reading) return undefined;
    const taken = this.#lines?.next();
    if (taken !== undefined && taken.done !== true) return taken.value;
    this.#lines = undefined;
    if (this.#drained) this.#ended = this.#exhausted = true;
    else void this.#read();
    return undefined;
  }

  /** Stops reading, also in the middle of a read that nothing comes from. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.destroy();
    this.#wake();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      const chunk = await this.#chunks.next();
      if (this.#ended) return;
      this.#drained = chunk.done === true;
      this.#lines = chunk.done === true ? this.#splitter.end() : this.#splitter.split(chunk.value);
    } catch (error) {
      // Destroying a stream rejects the read that is under way; that is no failure.
      if (!this.#ended) this.#failure = error;
      this.#ended = true;
    } finally {
      this.#reading = false;
      this.#wake();
    }
  }
}

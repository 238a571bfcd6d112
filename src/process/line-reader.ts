/** Reads the lines of a process as they come, as far as they are still kept. */

/** The lines of a process, one after the other: ends once the process has ended for good. */
export interface LineReader extends AsyncIterableIterator<string, undefined> {
  /** How many lines were gone before this reader came to them. */
  readonly missed: number;
  return(): Promise<IteratorResult<string, undefined>>;
}

/** What a reader reads: lines by their number, from 0. */
interface Log {
  /** The number of the oldest line that is kept. */
  readonly first: number;
  /** How many lines there have been. */
  readonly lineCount: number;
  readonly isOver: boolean;
  line(number: number): string;
  /** Resolves when there is more to read, or nothing to come. */
  changed(): Promise<void>;
}

export class LogReader implements LineReader {
  missed = 0;
  readonly #log: Log;
  readonly #signal: AbortSignal | undefined;
  readonly #left = new AbortController();
  #next: number;

  constructor(log: Log, first: number, signal: AbortSignal | undefined) {
    this.#log = log;
    this.#next = first;
    this.#signal = signal;
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    for (;;) {
      this.#signal?.throwIfAborted();
      if (this.#left.signal.aborted) return END;
      this.missed += Math.max(0, this.#log.first - this.#next);
      this.#next = Math.max(this.#next, this.#log.first);
      if (this.#next < this.#log.lineCount) return { done: false, value: this.#log.line(this.#next++) };
      if (this.#log.isOver) return END;
      await changeOrEnd(this.#log.changed(), [this.#signal, this.#left.signal]);
    }
  }

  return(): Promise<IteratorResult<string, undefined>> {
    this.#left.abort();
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Resolves when there is something to look at; the reader sees by itself what it was. */
function changeOrEnd(change: Promise<void>, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const signal of signals) signal?.removeEventListener('abort', done);
      resolve();
    };
    for (const signal of signals) signal?.addEventListener('abort', done);
    void change.then(done);
  });
}

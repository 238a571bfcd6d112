/** The reading side of a stream: it asks for a few items ahead, so that they travel while earlier ones are used. */
import { PULL, type Frame, STOP } from './link-frames.ts';

/** How many items may be on their way or waiting here. */
const AHEAD = 32;

interface Waiting {
  resolve(result: IteratorResult<unknown, unknown>): void;
  reject(error: unknown): void;
}

type Ending = { readonly value: unknown } | { readonly error: unknown };

/** What a stream's reader and the connection both know of it. */
export class StreamReader {
  readonly #number: number;
  readonly #send: (frame: Frame) => void;
  readonly #over: () => void;
  readonly #items: unknown[] = [];
  readonly #waiting: Waiting[] = [];
  /** Items asked for that have not come yet. */
  #asked = 0;
  #ending: Ending | undefined;

  /** @param over - called once when nothing will come any more */
  constructor(number: number, send: (frame: Frame) => void, over: () => void) {
    this.#number = number;
    this.#send = send;
    this.#over = over;
  }

  /** @returns false if nobody asked for it */
  take(item: unknown): boolean {
    if (this.#asked === 0) return false;
    this.#asked--;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting.resolve({ done: false, value: item });
    return true;
  }

  /** It has ended: by its last item or with an error. What came before is still read. */
  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#over();
    for (const waiting of this.#waiting.splice(0)) this.#settleWithEnd(waiting);
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.#items.length > 0) resolve({ done: false, value: this.#items.shift() });
      else if (this.#ending !== undefined) this.#settleWithEnd({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
      this.#ask();
    });
  }

  /** Nothing more of it is wanted. */
  stop(value?: unknown): void {
    this.#items.length = 0;
    if (this.#ending !== undefined) return;
    this.#send([STOP, this.#number]);
    this.end({ value });
  }

  /** Whenever half of them are used up: one message for many items. */
  #ask(): void {
    if (this.#ending !== undefined) return;
    const wanted = AHEAD + this.#waiting.length - this.#items.length - this.#asked;
    if (wanted < AHEAD / 2) return;
    this.#asked += wanted;
    this.#send([PULL, this.#number, wanted]);
  }

  /** An error is told once; after it, and after the end, there is nothing. */
  #settleWithEnd(waiting: Waiting): void {
    const ending = this.#ending as Ending;
    this.#ending = { value: undefined };
    if ('error' in ending) waiting.reject(ending.error);
    else waiting.resolve({ done: true, value: ending.value });
  }
}

/** A stream that nobody can reach any more is stopped: it would wait for its reader for ever. */
const forgotten = new FinalizationRegistry<StreamReader>((reader) => reader.stop());

/**
 * An async generator whose body runs on the other side. It starts with the first `next()`; leaving a `for await` loop,
 * `return()` and `throw()` end it there too. Values given to `next()` do not travel.
 */
export class RemoteStream implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #reader: StreamReader;

  constructor(reader: StreamReader) {
    this.#reader = reader;
    forgotten.register(this, reader, reader);
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    // Who waits for an item holds the stream, though nobody else may.
    return this.#reader.next().then((result) => this.#pass(result));
  }

  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#reader.stop();
    return Promise.resolve(value).then((result) => ({ done: true, value: result }));
  }

  throw(error?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#reader.stop();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #pass<T>(result: T): T {
    return result;
  }
}

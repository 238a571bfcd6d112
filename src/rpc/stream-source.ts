/** The side of a stream that has the iterator: it sends as many items as the reader has asked for, and no more. */
import { toErrorRecord } from '../channel/codec/error-record.ts';
import { END, type Frame, ITEM, RAW, THROWN } from './link-frames.ts';

/** An async iterable that the other side reads. */
export class StreamSource {
  readonly #number: number;
  readonly #send: (frame: Frame) => void;
  readonly #over: () => void;
  readonly #iterator: AsyncIterator<unknown>;
  /** How many items the reader has room for. */
  #credit = 0;
  #isPumping = false;
  #isOver = false;

  /** @param over - called once when it has ended */
  constructor(number: number, iterable: AsyncIterable<unknown>, send: (frame: Frame) => void, over: () => void) {
    this.#number = number;
    this.#send = send;
    this.#over = over;
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  /** The reader has asked for more. */
  pull(count: number): void {
    this.#credit += count;
    if (!this.#isPumping) void this.#pump();
  }

  /** Nobody reads it any more. What the iterator does at its end is its own business. */
  stop(): void {
    if (this.#isOver) return;
    this.#end();
    void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      while (this.#credit > 0 && !this.#isOver) {
        this.#credit--;
        const { done, value } = await this.#iterator.next();
        if (this.#isOver) return;
        if (done === true) this.#finish([END, this.#number, RAW, value]);
        else this.#offer(value);
      }
    } catch (error) {
      if (!this.#isOver) this.#finish([END, this.#number, THROWN, toErrorRecord(error)]);
    } finally {
      this.#isPumping = false;
    }
  }

  /** An item that cannot be sent ends the stream, on both sides. */
  #offer(value: unknown): void {
    try {
      this.#send([ITEM, this.#number, value]);
    } catch (error) {
      this.#send([END, this.#number, THROWN, toErrorRecord(error)]);
      this.stop();
    }
  }

  #finish(frame: Frame): void {
    this.#end();
    this.#send(frame);
  }

  #end(): void {
    this.#isOver = true;
    this.#over();
  }
}

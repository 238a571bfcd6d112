/** The streams of a connection, both ways. */
import { fromErrorRecord } from '../channel/codec/error-record.ts';
import { END, type Frame, isNumber, ITEM, PULL, STOP, THROWN } from './link-frames.ts';
import { RemoteStream, StreamReader } from './stream-reader.ts';
import { StreamSource } from './stream-source.ts';

/** Streams by their numbers: those of this side, which it sends, and those of the other side, which it reads. */
export class Streams {
  readonly #send: (frame: Frame) => void;
  readonly #sources = new Map<number, StreamSource>();
  readonly #readers = new Map<number, StreamReader>();
  #next = 1;

  constructor(send: (frame: Frame) => void) {
    this.#send = send;
  }

  /** Whether anything is still to come, or to be sent. */
  get areOpen(): boolean {
    return this.#sources.size > 0 || this.#readers.size > 0;
  }

  /** Takes one that the other side will read. */
  send(iterable: AsyncIterable<unknown>): number {
    const number = this.#next++;
    this.#sources.set(number, new StreamSource(number, iterable, this.#send, () => this.#sources.delete(number)));
    return number;
  }

  /** One of the other side. */
  receive(number: number): RemoteStream {
    const reader = new StreamReader(number, this.#send, () => this.#readers.delete(number));
    this.#readers.set(number, reader);
    return new RemoteStream(reader);
  }

  /** @throws {TypeError} if the frame is none that a peer sends */
  take([kind, number, ...rest]: Frame): void {
    if (!isNumber(number)) throw new TypeError('Expected the number of a stream');
    switch (kind) {
      case PULL:
        if (!isNumber(rest[0])) throw new TypeError('Expected a number of items');
        this.#sources.get(number)?.pull(rest[0]);
        return;
      case STOP:
        this.#sources.get(number)?.stop();
        return;
      case ITEM:
        // One that was stopped is gone: its last items may still be on their way.
        if (this.#readers.get(number)?.take(rest[0]) === false) throw new RangeError('Expected no more items');
        return;
      case END:
        this.#readers.get(number)?.end(rest[0] === THROWN ? { error: fromErrorRecord(rest[1]) } : { value: rest[1] });
        return;
      default:
        throw new TypeError(`Expected a kind of frame, got ${kind}`);
    }
  }

  /** The connection has ended: readers fail, and iterators are told to stop. */
  end(reason: Error): void {
    for (const reader of [...this.#readers.values()]) reader.end({ error: reason });
    for (const source of [...this.#sources.values()]) source.stop();
  }
}

/** Messages that have come in, until somebody listens. */
import { ProtocolError } from '../errors.ts';

interface KeptMessage {
  readonly message: unknown;
  readonly bytes: number;
}

/** Hands messages on in order, and says how much that was, so that the other side knows how much it may send. */
export class Inbox {
  readonly #most: number;
  readonly #every: number;
  readonly #onTaken: (bytes: number) => void;
  #listener: ((message: unknown) => void) | undefined;
  #kept: KeptMessage[] = [];
  #keptBytes = 0;
  #taken = 0;

  /**
   * @param most - bytes that are kept while nobody listens
   * @param onTaken - told of so many bytes that were handed on, each time that it is `every` or more
   */
  constructor(most: number, every: number, onTaken: (bytes: number) => void) {
    this.#most = most;
    this.#every = every;
    this.#onTaken = onTaken;
  }

  /** Hands on what was kept, and from now on whatever comes. */
  open(listener: (message: unknown) => void): void {
    this.#listener = listener;
    const kept = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    for (const { message, bytes } of kept) this.#handOn(listener, message, bytes);
  }

  /** @throws {ProtocolError} if nobody listens and it is too much to keep. */
  put(message: unknown, bytes: number): void {
    if (this.#listener !== undefined) return this.#handOn(this.#listener, message, bytes);
    this.#kept.push({ message, bytes });
    this.#keptBytes += bytes;
    if (this.#keptBytes > this.#most) {
      throw new ProtocolError(`The other side sent more than ${this.#most} bytes that nobody has asked for yet`);
    }
  }

  #handOn(listener: (message: unknown) => void, message: unknown, bytes: number): void {
    try {
      listener(message);
    } catch (error) {
      // The listener's own mistake, reported as uncaught: the messages that follow are not lost for it.
      queueMicrotask(() => {
        throw error;
      });
    }
    this.#taken += bytes;
    if (this.#taken < this.#every) return;
    this.#onTaken(this.#taken);
    this.#taken = 0;
  }
}

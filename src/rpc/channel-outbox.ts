/** What one side of a connection over shared memory sends: see channel-connection.ts. */
import type { Channel } from '../channel/channel.ts';
import { Encoder } from '../channel/codec/encoder.ts';
import { ArenaFullError } from '../errors.ts';
import type { MovableValue } from '../runtime.ts';
import { BESIDE, type Entry, type Word } from './channel-words.ts';
import { MessageBatch } from './message-batch.ts';
import { isShortMessage } from './short-message.ts';

/** A larger record goes through the port: the arena is for all. */
const MOST_RECORD_BYTES = 1 << 20;
const NO_TRANSFER: readonly never[] = [];

/** Sends a word through the port; throws where the port refuses it, and then it was not sent. */
export type PostWord = (word: Word, transfer: readonly MovableValue[]) => void;

/** Puts records into the channel, and in their places numbers for what goes through the port. */
export class ChannelOutbox {
  onDrain: () => void = () => {};
  readonly #channel: Channel<Entry>;
  readonly #post: PostWord;
  readonly #signal: AbortSignal;
  readonly #onFailure: (error: unknown) => void;
  readonly #batch: MessageBatch;
  /** Entries that the channel has no room for yet. */
  readonly #waiting: Entry[] = [];
  #isFlushDue = false;

  /**
   * @param signal - aborted once nothing is to be sent any more
   * @param onFailure - told when the channel cannot be sent to
   */
  constructor(channel: Channel<Entry>, post: PostWord, signal: AbortSignal, onFailure: (error: unknown) => void) {
    this.#channel = channel;
    this.#post = post;
    this.#signal = signal;
    this.#onFailure = onFailure;
    this.#batch = new MessageBatch(new Encoder(channel.handle.buffer));
  }

  get congested(): boolean {
    return this.#waiting.length > 0;
  }

  /** @throws {DOMException} DataCloneError, if the message cannot be sent; then nothing of it was */
  send(message: unknown, transfer: readonly MovableValue[]): void {
    if (transfer.length > 0) this.#sendBeside({ message }, transfer);
    else if (this.#isFirst && isShortMessage(message) && this.#tryPut(message)) this.#flushLater();
    else if (!this.#batch.add(message)) this.#sendBeside({ message }, transfer);
    else if (this.#batch.isFull) this.flush();
    else this.#flushLater();
  }

  /** Whether nothing was sent yet in this turn, and nothing waits. */
  get #isFirst(): boolean {
    return !this.#isFlushDue && this.#batch.isEmpty && this.#waiting.length === 0;
  }

  /** Sends what there is now. */
  flush(): void {
    if (this.#signal.aborted) return;
    const record = this.#batch.record();
    if (record === undefined) return;
    if (record.length > MOST_RECORD_BYTES) this.#sendBeside({ record }, [record.buffer]);
    else this.#put(record);
  }

  /** Forgets what has not gone out. */
  clear(): void {
    this.#waiting.length = 0;
  }

  /** One record for all that is sent before the event loop, or another promise, has its turn. */
  #flushLater(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(this.#flushDue);
  }

  readonly #flushDue = (): void => {
    this.#isFlushDue = false;
    this.flush();
  };

  /** Through the port, after what was sent before. First the port, which may refuse it. */
  #sendBeside(word: Word, transfer: readonly MovableValue[]): void {
    if (this.#batch.isEmpty) {
      this.#post(word, transfer);
      this.#put(BESIDE);
      return;
    }
    const record = this.#batch.record() as Entry;
    try {
      this.#post(word, transfer);
    } catch (error) {
      this.#put(record);
      throw error;
    }
    this.#put(record);
    this.#put(BESIDE);
  }

  #put(entry: Entry): void {
    if (this.#waiting.length > 0 || !this.#tryPut(entry)) this.#waiting.push(entry);
    else return;
    if (this.#waiting.length === 1) this.#putWaiting();
  }

  /** Puts what waits, as soon as there is room for the first of it. */
  #putWaiting(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.onDrain();
      return;
    }
    const sent = this.#channel.send(first, { signal: this.#signal, ref: false });
    sent.then(
      () => {
        this.#waiting.shift();
        while (this.#waiting[0] !== undefined && this.#tryPut(this.#waiting[0])) this.#waiting.shift();
        this.#putWaiting();
      },
      (error: unknown) => this.#onFailure(error),
    );
  }

  #tryPut(entry: Entry): boolean {
    try {
      return this.#channel.trySend(entry);
    } catch (error) {
      if (!(error instanceof ArenaFullError) || typeof entry === 'number') throw error;
      // The arena is full. A message by itself becomes part of a record, whose place in the channel needs none of it.
      if (!(entry instanceof Uint8Array)) return false;
      if (!this.#channel.trySend(BESIDE)) return false;
      this.#post({ record: entry }, NO_TRANSFER);
      return true;
    }
  }
}

/** What one side of a connection over shared memory receives: see channel-connection.ts. */
import type { Channel } from '../channel/channel.ts';
import { Decoder } from '../channel/codec/decoder.ts';
import { ReceiveWait } from '../channel/message-waits.ts';
import { runtime } from '../runtime.ts';
import { WaitSet } from '../signal/wait-set.ts';
import { waitInLoop } from '../signal/waiting.ts';
import type { Entry, Word } from './channel-words.ts';
import { readMessages } from './message-batch.ts';

/** So many messages in a row, then the event loop has a turn. */
const IN_A_ROW = 4_096;
/** The connection says by itself whether it keeps the event loop alive. */
const UNREFERENCED = { ref: false };
const ENDED = new Error('The connection has ended');

/** Takes records out of the channel, and what comes through the port where its place is among them. */
export class ChannelInbox {
  readonly #channel: Channel<Entry>;
  readonly #onFailure: (error: unknown) => void;
  readonly #onUnreadable: (error: unknown) => void;
  readonly #decoder: Decoder;
  /** What came through the port, until its place in the channel comes. */
  readonly #beside: Word[] = [];
  /** Whether the next thing to read is to come through the port. */
  #isBehindPort = false;
  #listener: ((message: unknown) => void) | undefined;
  #inARow = 0;
  #isOver = false;
  /** For the next entry, where none is there. */
  #wait: ReceiveWait | undefined;

  /**
   * @param onFailure - told when the channel cannot be received from
   * @param onUnreadable - told when what came is no message
   */
  constructor(channel: Channel<Entry>, onFailure: (error: unknown) => void, onUnreadable: (error: unknown) => void) {
    this.#channel = channel;
    this.#onFailure = onFailure;
    this.#onUnreadable = onUnreadable;
    this.#decoder = new Decoder(channel.handle.buffer);
  }

  /** Hands on what comes, from the next microtask on. */
  open(listener: (message: unknown) => void): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (isFirst) queueMicrotask(this.#read);
  }

  /** Takes what came through the port. */
  takeWord(word: Word): void {
    if (!this.#isBehindPort) {
      this.#beside.push(word);
      return;
    }
    this.#isBehindPort = false;
    this.#openWord(word);
    this.#read();
  }

  /** Hands on all that is there, and waits for no more. */
  readRest(): void {
    // First: the wait would be served before.
    this.#giveUp();
    this.#inARow = -Infinity;
    this.#readAll();
  }

  /** Hands on no more. */
  clear(): void {
    this.#isOver = true;
    this.#beside.length = 0;
    this.#giveUp();
  }

  /** Without a signal, whose listener would be added and removed for each message. */
  #giveUp(): void {
    if (this.#wait !== undefined) WaitSet.current().abandon(this.#wait, ENDED);
  }

  /** Takes what is there, then waits for more. */
  readonly #read = (): void => {
    this.#inARow = 0;
    this.#readAll();
    if (this.#isOver || this.#isBehindPort) return;
    if (this.#inARow >= IN_A_ROW) {
      runtime().defer(this.#read);
      return;
    }
    this.#wait = new ReceiveWait();
    this.#wait.add(this.#channel, 0);
    waitInLoop(this.#wait, 'Channel.receive', UNREFERENCED, this.#received).then(this.#opened, this.#failed);
  };

  readonly #received = (): Entry => this.#wait?.message as Entry;

  readonly #opened = (entry: Entry): void => {
    this.#wait = undefined;
    this.#open(entry);
    this.#read();
  };

  readonly #failed = (error: unknown): void => {
    if (!this.#isOver) this.#onFailure(error);
  };

  #readAll(): void {
    while (!this.#isOver && !this.#isBehindPort && this.#inARow < IN_A_ROW) {
      const entry = this.#channel.tryReceive();
      if (entry === undefined) return;
      this.#open(entry.value);
    }
  }

  #open(entry: Entry): void {
    if (entry instanceof Uint8Array) this.#deliver(entry);
    else if (typeof entry !== 'number') this.#listener?.(entry);
    else if (this.#beside.length > 0) this.#openWord(this.#beside.shift() as Word);
    else this.#isBehindPort = true;
  }

  #openWord(word: Word): void {
    if ('message' in word) this.#listener?.(word.message);
    else if ('record' in word) this.#deliver(word.record);
  }

  readonly #takeMessage = (message: unknown): void => {
    this.#inARow++;
    this.#listener?.(message);
  };

  #deliver(record: Uint8Array): void {
    try {
      readMessages(record, this.#decoder, this.#takeMessage);
    } catch (error) {
      this.#onUnreadable(error);
    }
  }
}

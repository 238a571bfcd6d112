/**
 * A connection over shared memory: a channel for each direction, and a port beside them.
 *
 * The channels carry what can be copied as bytes. All that is sent in one turn of the event loop goes as one record:
 * one copy, and one ring of the other side's bell, for a thousand calls as for one. The port carries what cannot be so
 * copied, or is to be moved; a number in the channel holds its place, so that the order stays. And the port closes when
 * the thread at its other end has stopped, whatever stopped it: that is how each side learns of the end.
 *
 * Whose memory it is: both channels are given back by the side with number 0 once the port is closed. Nobody uses them
 * then: a side that closes says so through the port and touches them no more; the other one, told so, closes the port;
 * and a thread whose end closed it has ended. If it was the side with number 0 that ended, without a word, the other
 * gives them back. A thread that dies between its word and the port's close leaves two blocks in use.
 */
import { Channel } from '../channel/channel.ts';
import { Decoder } from '../channel/codec/decoder.ts';
import { Encoder } from '../channel/codec/encoder.ts';
import { ArenaFullError, PeerGoneError } from '../errors.ts';
import type { Handle } from '../memory/shared-object.ts';
import { type MovableValue, runtime } from '../runtime.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import type { Connection } from './connection.ts';
import { MessageBatch, messagesOf } from './message-batch.ts';
import type { PortLike } from './port-connection.ts';

/** One end of a connection: plain data, which goes to any thread in any message that moves its `port`. */
export interface ChannelEnd {
  readonly reveille: 'channel';
  readonly side: 0 | 1;
  readonly sending: Handle;
  readonly receiving: Handle;
  readonly port: Port;
}

/** What goes through the port: a message, a record of several that is too large for the arena, or the last word. */
type Word = { readonly message: unknown } | { readonly record: Uint8Array<ArrayBuffer> } | { readonly bye: string };

/** What lies in a channel: a record, or a number in the place of what comes through the port. */
type Entry = Uint8Array<ArrayBuffer> | number;

type Port = InstanceType<typeof MessagePort>;
type Transferables = Parameters<Port['postMessage']>[1];

/** Entries in a channel: each is what one side has sent in one turn. */
const ENTRIES = 64;
const BESIDE = 0;
/** A larger record goes through the port: the arena is for all. */
const MOST_RECORD_BYTES = 1 << 20;
/** So many messages in a row, then the event loop has a turn. */
const IN_A_ROW = 4_096;
const connections = new WeakMap<Port, ChannelConnection>();

/**
 * Both ends of a connection over shared memory. Each goes to the thread that is to use it; what is not moved away is
 * this thread's own.
 *
 * @example
 * ```ts
 * const [mine, theirs] = channelEnds();
 * worker.postMessage(theirs, [theirs.port]); // there: expose(api, theirs)
 * const remote = wrap<Api>(mine);
 * ```
 */
export function channelEnds(): [ChannelEnd, ChannelEnd] {
  const there = new Channel({ capacity: ENTRIES }).handle;
  const back = new Channel({ capacity: ENTRIES }).handle;
  const { port1, port2 } = new MessageChannel();
  return [
    { reveille: 'channel', side: 0, sending: there, receiving: back, port: port1 },
    { reveille: 'channel', side: 1, sending: back, receiving: there, port: port2 },
  ];
}

/** Whether a value is an end of such a connection. */
export function isChannelEnd(value: unknown): value is ChannelEnd {
  return typeof value === 'object' && value !== null && (value as Partial<ChannelEnd>).reveille === 'channel';
}

/** A connection between two threads over shared memory. */
export class ChannelConnection implements Connection {
  readonly carries = 'values';
  readonly #end: ChannelEnd;
  readonly #out: Channel<Entry>;
  readonly #in: Channel<Entry>;
  readonly #batch: MessageBatch;
  readonly #decoder: Decoder;
  readonly #loop = new LoopHold();
  readonly #stop = new AbortController();
  /** Entries that the channel has no room for yet. */
  readonly #waiting: Entry[] = [];
  /** What came through the port, until its place in the channel comes. */
  readonly #beside: Word[] = [];
  /** Whether the next thing to read is to come through the port. */
  #isBehindPort = false;
  #isFlushDue = false;
  #listener: ((message: unknown) => void) | undefined;
  #onDrain: () => void = () => {};
  #onClose: ((reason: Error) => void) | undefined;
  #reason: Error | undefined;
  /** Whether either side has said that it closes: then it is alive, and the side with number 0 cleans up. */
  #isBye = false;
  #inARow = 0;

  private constructor(end: ChannelEnd) {
    this.#end = end;
    this.#out = Channel.from(end.sending);
    this.#in = Channel.from(end.receiving);
    this.#batch = new MessageBatch(new Encoder(end.sending.buffer));
    this.#decoder = new Decoder(end.sending.buffer);
    this.#listenToPort();
  }

  /** The one at an end. */
  static at(end: ChannelEnd): ChannelConnection {
    let connection = connections.get(end.port);
    if (connection === undefined) {
      connection = new ChannelConnection(end);
      connections.set(end.port, connection);
    }
    return connection;
  }

  get congested(): boolean {
    return this.#waiting.length > 0;
  }

  send(message: unknown, transfer: readonly MovableValue[] = []): void {
    if (this.#reason !== undefined) return;
    if (transfer.length > 0 || !this.#batch.add(message)) this.#sendBeside({ message }, transfer);
    else if (this.#batch.isFull) this.#flush();
    else this.#flushLater();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onMessage(listener: (message: unknown) => void): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (isFirst) queueMicrotask(this.#read);
  }

  onClose(listener: (reason: Error) => void): void {
    const reason = this.#reason;
    this.#onClose = listener;
    if (reason !== undefined) queueMicrotask(() => listener(reason));
  }

  close(reason: Error = new PeerGoneError('The connection was closed')): void {
    if (this.#reason !== undefined) return;
    this.#flush();
    this.#isBye = true;
    this.#end.port.postMessage({ bye: reason.message } satisfies Word);
    this.#finish(reason);
  }

  ref(): void {
    if (this.#reason === undefined) this.#loop.hold();
  }

  unref(): void {
    this.#loop.release();
  }

  /** One record for all that is sent before the event loop, or another promise, has its turn. */
  #flushLater(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#reason !== undefined) return;
    const record = this.#batch.record();
    if (record === undefined) return;
    if (record.length > MOST_RECORD_BYTES) this.#sendBeside({ record }, [record.buffer]);
    else this.#put(record);
  }

  /** Through the port, after what was sent before. First the port, which may refuse it. */
  #sendBeside(word: Word, transfer: readonly MovableValue[]): void {
    if (this.#batch.isEmpty) {
      this.#end.port.postMessage(word, transfer as Transferables);
      this.#put(BESIDE);
      return;
    }
    const record = this.#batch.record() as Entry;
    try {
      this.#end.port.postMessage(word, transfer as Transferables);
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
      this.#onDrain();
      return;
    }
    const sent = this.#out.send(first, { signal: this.#stop.signal, ref: false });
    sent.then(
      () => {
        this.#waiting.shift();
        while (this.#waiting[0] !== undefined && this.#tryPut(this.#waiting[0])) this.#waiting.shift();
        this.#putWaiting();
      },
      (error: unknown) => this.#failed(error),
    );
  }

  #tryPut(entry: Entry): boolean {
    try {
      return this.#out.trySend(entry);
    } catch (error) {
      // The arena is full: the place of the record needs none of it.
      if (!(error instanceof ArenaFullError) || typeof entry === 'number') throw error;
      if (!this.#out.trySend(BESIDE)) return false;
      this.#end.port.postMessage({ record: entry } satisfies Word);
      return true;
    }
  }

  /** Takes what is there, then waits for more. */
  readonly #read = (): void => {
    this.#inARow = 0;
    this.#readAll();
    if (this.#reason !== undefined || this.#isBehindPort) return;
    if (this.#inARow >= IN_A_ROW) {
      runtime().defer(this.#read);
      return;
    }
    this.#in.receive({ signal: this.#stop.signal, ref: false }).then(
      (entry) => {
        this.#open(entry);
        this.#read();
      },
      (error: unknown) => this.#failed(error),
    );
  };

  #readAll(): void {
    while (this.#reason === undefined && !this.#isBehindPort && this.#inARow < IN_A_ROW) {
      const entry = this.#in.tryReceive();
      if (entry === undefined) return;
      this.#open(entry.value);
    }
  }

  #open(entry: Entry): void {
    if (typeof entry !== 'number') this.#deliver(entry);
    else if (this.#beside.length > 0) this.#openWord(this.#beside.shift() as Word);
    else this.#isBehindPort = true;
  }

  #openWord(word: Word): void {
    if ('message' in word) this.#listener?.(word.message);
    else if ('record' in word) this.#deliver(word.record);
  }

  #deliver(record: Uint8Array): void {
    for (const message of messagesOf(record, this.#decoder)) {
      this.#inARow++;
      this.#listener?.(message);
    }
  }

  #listenToPort(): void {
    const port = this.#end.port as PortLike & Port;
    const hear = ({ data }: { readonly data: Word }): void => this.#hear(data);
    port.addEventListener('message', hear as never);
    port.addEventListener('messageerror', () => this.close(new PeerGoneError('A message cannot be read')));
    port.addEventListener('close', () => this.#portClosed());
    port.start();
    // Whether it keeps the event loop alive is for `ref` to say; a listener would do it always.
    port.unref?.();
  }

  #hear(word: Word): void {
    if ('bye' in word) {
      this.#isBye = true;
      this.#readRest();
      this.#finish(new PeerGoneError(`The other side has closed the connection: ${word.bye}`));
      this.#end.port.close();
    } else if (this.#isBehindPort) {
      this.#isBehindPort = false;
      this.#openWord(word);
      this.#read();
    } else {
      this.#beside.push(word);
    }
  }

  #portClosed(): void {
    this.#readRest();
    this.#finish(new PeerGoneError('The other side is gone: its thread has ended'));
    if (this.#end.side === 1 && this.#isBye) return;
    this.#out[Symbol.dispose]();
    this.#in[Symbol.dispose]();
  }

  /** What the other side had sent before its end. The wait for more is given up first: it would be served before. */
  #readRest(): void {
    if (this.#reason !== undefined) return;
    this.#inARow = -Infinity;
    this.#stop.abort(ENDED);
    this.#readAll();
  }

  #failed(error: unknown): void {
    if (error !== ENDED) this.close(new PeerGoneError('The channel of the connection failed', { cause: error }));
  }

  #finish(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#stop.abort(ENDED);
    this.#loop.release();
    this.#waiting.length = 0;
    this.#beside.length = 0;
    this.#onClose?.(reason);
  }
}

const ENDED = new Error('The connection has ended');

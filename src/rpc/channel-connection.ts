/**
 * A connection over shared memory: a channel for each direction, and a port beside them.
 *
 * The channels carry what can be copied as bytes. The first message of a turn of the event loop goes at once, if it is
 * short; all that follows it in that turn goes as one record: one copy, and one ring of the other side's bell, for a
 * thousand calls as for one. So a single call waits for nothing, and many are not sent one by one. The port carries
 * what cannot be so copied, or is to be moved; a number in the channel holds its place, so that the order stays. And
 * the port closes when the thread at its other end has stopped, whatever stopped it: that is how each side learns of
 * the end.
 *
 * Whose memory it is: both channels are given back by the side with number 0 once the port is closed. Nobody uses them
 * then: a side that closes says so through the port and touches them no more; the other one, told so, says the same and
 * closes the port; and a thread whose end closed it has ended. If the side with number 0 has ended without a word, the
 * other gives them back. If it dies between its word and the port's close, both channels stay in use.
 */
import { Channel } from '../channel/channel.ts';
import { PeerGoneError } from '../errors.ts';
import type { Handle } from '../memory/shared-object.ts';
import type { MovableValue } from '../runtime.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import { ChannelInbox } from './channel-inbox.ts';
import { ChannelOutbox } from './channel-outbox.ts';
import type { Entry, Word } from './channel-words.ts';
import type { Connection } from './connection.ts';
import type { PortLike } from './port-connection.ts';

/** One end of a connection: plain data, which goes to any thread in any message that moves its `port`. */
export interface ChannelEnd {
  readonly reveille: 'channel';
  readonly side: 0 | 1;
  readonly sending: Handle;
  readonly receiving: Handle;
  readonly port: Port;
}

type Port = InstanceType<typeof MessagePort>;
type Transferables = Parameters<Port['postMessage']>[1];

/** Entries in a channel: each is what one side has sent in one turn. */
const ENTRIES = 64;
const NO_TRANSFER: readonly never[] = [];
const ENDED = new Error('The connection has ended');
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
  readonly #outbox: ChannelOutbox;
  readonly #inbox: ChannelInbox;
  readonly #loop = new LoopHold();
  readonly #stop = new AbortController();
  #onClose: ((reason: Error) => void) | undefined;
  #reason: Error | undefined;
  /** Whether the other side has said that it closes: then it is alive, and cleans up if it has number 0. */
  #hasHeardBye = false;

  private constructor(end: ChannelEnd) {
    this.#end = end;
    this.#out = Channel.from(end.sending);
    this.#in = Channel.from(end.receiving);
    const { signal } = this.#stop;
    const failed = (error: unknown): void => this.#failed(error);
    const post = (word: Word, transfer: readonly MovableValue[]): void => this.#post(word, transfer);
    this.#outbox = new ChannelOutbox(this.#out, post, signal, failed);
    const unreadable = (cause: unknown): void => this.#cutOff(cause);
    this.#inbox = new ChannelInbox(this.#in, failed, unreadable);
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
    return this.#outbox.congested;
  }

  send(message: unknown, transfer: readonly MovableValue[] = NO_TRANSFER): void {
    if (this.#reason === undefined) this.#outbox.send(message, transfer);
  }

  onDrain(listener: () => void): void {
    this.#outbox.onDrain = listener;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#inbox.open(listener);
  }

  onClose(listener: (reason: Error) => void): void {
    const reason = this.#reason;
    this.#onClose = listener;
    if (reason !== undefined) queueMicrotask(() => listener(reason));
  }

  close(reason: Error = new PeerGoneError('The connection was closed')): void {
    if (this.#reason !== undefined) return;
    this.#outbox.flush();
    this.#sayBye(reason.message);
    this.#finish(reason);
  }

  ref(): void {
    if (this.#reason === undefined) this.#loop.hold();
  }

  unref(): void {
    this.#loop.release();
  }

  #cutOff(cause?: unknown): void {
    const why = 'The connection was cut off: the other side sent what cannot be read';
    this.close(new PeerGoneError(why, { cause }));
  }

  #listenToPort(): void {
    const port = this.#end.port as PortLike & Port;
    const hear = ({ data }: { readonly data: unknown }): void => (isWord(data) ? this.#hear(data) : this.#cutOff());
    port.addEventListener('message', hear as never);
    port.addEventListener('messageerror', () => this.#cutOff());
    port.addEventListener('close', () => this.#portClosed());
    port.start();
    // Whether it keeps the event loop alive is for `ref` to say; a listener would do it always.
    port.unref?.();
  }

  #hear(word: Word): void {
    if (!('bye' in word)) {
      this.#inbox.takeWord(word);
      return;
    }
    this.#hasHeardBye = true;
    this.#readRest();
    // Whoever closed cannot tell otherwise whether this side is there to clean up, or has died meanwhile.
    if (this.#reason === undefined) this.#sayBye('agreed');
    this.#finish(new PeerGoneError(`The other side has closed the connection: ${word.bye}`));
    this.#end.port.close();
  }

  #post(word: Word, transfer: readonly MovableValue[] = NO_TRANSFER): void {
    this.#end.port.postMessage(word, transfer as Transferables);
  }

  #sayBye(why: string): void {
    this.#post({ bye: why });
  }

  #portClosed(): void {
    this.#readRest();
    this.#finish(new PeerGoneError('The other side is gone: its thread has ended'));
    if (this.#end.side === 1 && this.#hasHeardBye) return;
    this.#out[Symbol.dispose]();
    this.#in[Symbol.dispose]();
  }

  /** What the other side had sent before its end. The wait for more is given up first: it would be served before. */
  #readRest(): void {
    if (this.#reason !== undefined) return;
    this.#stop.abort(ENDED);
    this.#inbox.readRest();
  }

  #failed(error: unknown): void {
    if (error !== ENDED) this.close(new PeerGoneError('The channel of the connection failed', { cause: error }));
  }

  #finish(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#stop.abort(ENDED);
    this.#loop.release();
    this.#outbox.clear();
    this.#inbox.clear();
    this.#onClose?.(reason);
  }
}

function isWord(data: unknown): data is Word {
  return typeof data === 'object' && data !== null && ('message' in data || 'record' in data || 'bye' in data);
}

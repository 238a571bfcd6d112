/**
 * A connection that carries bytes, whatever they go over: what sockets, WebSockets and child processes have in common.
 *
 * It is handed out once both sides have agreed to talk; what is sent before that waits. What is sent in one turn of the
 * event loop is one write. Each side says how much it has taken, so `congested` tells of the other side's program and
 * not only of buffers on the way, and memory is bounded on every transport, whether or not that says when it is full.
 *
 * All that the other side sends counts as hostile: until the handshake is over nothing of it is read but frames of
 * fixed form; what breaks the protocol, is too long or too much ends this connection with a reason, and no other.
 */
import { PeerGoneError, ProtocolError } from '../errors.ts';
import { type Deadline, deadlines } from '../pacing/deadlines.ts';
import type { ByteCarrier } from './byte-carrier.ts';
import type { ConnectionSettings } from './connection-options.ts';
import type { Connection } from './connection.ts';
import { byeFrame, readBye } from './frames/bye.ts';
import { FrameDecoder } from './frames/frame-decoder.ts';
import { FrameKind, HEADER_BYTES, LENGTH_BYTES, makeFrame, readUint32, uint32Bytes } from './frames/frame.ts';
import { decodeMessage, encodeMessage } from './frames/message-codec.ts';
import { Handshake, HANDSHAKE_FRAME_LIMIT, type Role } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';
import { Inbox } from './inbox.ts';
import { Outbox, TAKEN_EVERY_BYTES } from './outbox.ts';

/** How long a transport that was told to end may take before it is destroyed. */
const LINGER_MS = 1_000;

export class ByteConnection implements Connection {
  readonly carries = 'bytes';
  /** What is on the other end, as far as the transport tells: `127.0.0.1:5000`, a path, `process 1234`. */
  readonly peer: string;
  /** Resolves once both sides may send; rejects if that does not come to be. */
  readonly opened: Promise<void>;
  /** Resolves once nothing of the connection is left: it has ended and the transport is gone. */
  readonly closed: Promise<void>;

  readonly #carrier: ByteCarrier;
  readonly #settings: ConnectionSettings;
  readonly #handshake: Handshake;
  readonly #decoder = new FrameDecoder(HANDSHAKE_FRAME_LIMIT);
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  #heartbeat: Heartbeat | undefined;
  #deadline: Deadline | undefined;
  #started = false;
  #onClose: ((reason: Error) => void) | undefined;
  /** Why it has ended. */
  #reason: Error | undefined;
  #resolveOpened: () => void = () => {};
  #rejectOpened: (reason: Error) => void = () => {};
  #resolveClosed: () => void = () => {};

  constructor(carrier: ByteCarrier, peer: string, role: Role, settings: ConnectionSettings) {
    this.peer = peer;
    this.#carrier = carrier;
    this.#settings = settings;
    this.#handshake = new Handshake(role, settings.secret, settings.maxFrame);
    this.#outbox = new Outbox((chunks) => carrier.write(chunks));
    this.#inbox = new Inbox(settings.maxBuffered, TAKEN_EVERY_BYTES, (bytes) =>
      this.#outbox.put(makeFrame(FrameKind.taken, uint32Bytes(bytes))),
    );
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
    // Whoever opens the connection waits for it; for anybody else `onClose` tells.
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    const { handshakeTimeout } = settings;
    this.#watch(handshakeTimeout, () =>
      this.#fail(new PeerGoneError(`The handshake with ${peer} was not over within ${handshakeTimeout} ms`)),
    );
  }

  get congested(): boolean {
    return this.#outbox.congested;
  }

  /** Whether it has ended, in whatever way. */
  get ended(): boolean {
    return this.#reason !== undefined;
  }

  send(message: unknown): void {
    if (this.#reason !== undefined) return;
    const frame = encodeMessage(message);
    // Before the other side has said what it takes, its limit is taken to be that of this side.
    const limit = this.#handshake.done ? this.#handshake.peerLimit : this.#settings.maxFrame;
    if (frame.byteLength - LENGTH_BYTES > limit) {
      throw new RangeError(
        `Could not send a message of ${frame.byteLength - HEADER_BYTES} bytes: ${this.peer} takes frames of at most ` +
          `${limit} bytes; see its option 'maxFrame', or send the value in parts`,
      );
    }
    this.#outbox.putMessage(frame);
    const { maxBuffered } = this.#settings;
    if (this.#outbox.onTheWay > maxBuffered) {
      this.#end(new PeerGoneError(`${this.peer} left more than ${maxBuffered} bytes of messages untaken`));
    }
  }

  onDrain(listener: () => void): void {
    this.#outbox.onDrain = listener;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#inbox.open(listener);
  }

  onClose(listener: (reason: Error) => void): void {
    this.#onClose = listener;
    if (this.#reason !== undefined) this.#tellClosed(this.#reason);
  }

  close(reason?: Error): void {
    if (this.#reason !== undefined) return;
    this.#outbox.put(byeFrame(reason?.message ?? '', false));
    this.#end(reason ?? new PeerGoneError(`This side closed the connection with ${this.peer}`));
  }

  ref(): void {
    this.#carrier.ref();
  }

  unref(): void {
    this.#carrier.unref();
  }

  /** Closes it, and resolves once the transport is gone, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  /** Called by the transport's side: it is open, bytes may be sent. */
  start(): void {
    this.#started = true;
    if (this.#reason === undefined) this.#outbox.put(this.#handshake.hello());
  }

  /** Called by the transport's side: this has come in. The memory is the connection's from now on. */
  take(chunk: Uint8Array): void {
    if (this.#reason !== undefined) return;
    this.#heartbeat?.heard();
    try {
      this.#decoder.push(chunk, (frame) => this.#takeFrame(frame));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Called by the transport's side: the other end is gone, or cannot be reached any more. */
  lost(why: string, cause?: unknown): void {
    if (this.#reason !== undefined) return;
    this.#outbox.clear();
    const what = this.#started ? `The connection with ${this.peer} is lost` : `Could not connect to ${this.peer}`;
    this.#end(new PeerGoneError(`${what}: ${why}`, { cause }));
  }

  /** Called by the transport's side: nothing is left of the transport. */
  gone(): void {
    this.lost('it was closed without a word');
    this.#deadline?.cancel();
    this.#resolveClosed();
  }

  /** Returns whether to go on with what else has come. */
  #takeFrame(frame: Uint8Array): boolean {
    const kind = frame[0] as number;
    const body = frame.subarray(1);
    if (kind === FrameKind.bye) this.#end(readBye(body, this.peer));
    else if (!this.#handshake.done) this.#shakeHands(kind, body);
    else if (kind === FrameKind.message) this.#inbox.put(decodeMessage(body), LENGTH_BYTES + frame.byteLength);
    else this.#takeControl(kind, body);
    return this.#reason === undefined;
  }

  #shakeHands(kind: number, body: Uint8Array): void {
    const answer = this.#handshake.take(kind, body);
    if (answer !== undefined) this.#outbox.put(answer);
    if (!this.#handshake.done) return;
    this.#deadline?.cancel();
    this.#decoder.limit = this.#settings.maxFrame;
    const { heartbeat } = this.#settings;
    if (heartbeat !== undefined) {
      this.#heartbeat = new Heartbeat(heartbeat, {
        ask: () => this.#outbox.put(makeFrame(FrameKind.ping)),
        stopped: (silence) => this.lost(`nothing was heard for ${Math.round(silence)} ms`),
      });
    }
    this.#outbox.open();
    this.#resolveOpened();
  }

  #takeControl(kind: number, body: Uint8Array): void {
    if (kind === FrameKind.ping) {
      this.#outbox.put(makeFrame(FrameKind.pong));
    } else if (kind === FrameKind.taken && body.byteLength === 4) {
      this.#takeTaken(readUint32(body, 0));
    } else if (kind !== FrameKind.pong) {
      throw new ProtocolError(`${this.peer} sent a frame of kind ${kind} and ${body.byteLength} bytes`);
    }
  }

  #takeTaken(bytes: number): void {
    const { onTheWay } = this.#outbox;
    if (bytes > onTheWay) throw new ProtocolError(`${this.peer} took ${bytes} bytes of ${onTheWay} that it was sent`);
    this.#outbox.taken(bytes);
  }

  /** Ends it by a fault of the other side, which is told. */
  #fail(error: Error): void {
    if (this.#reason !== undefined) return;
    this.#outbox.put(byeFrame(error.message, error instanceof ProtocolError));
    this.#end(error);
  }

  #end(error: Error): void {
    const wasOpen = this.#handshake.done;
    this.#outbox.flush();
    this.#rejectOpened(error);
    // To those whose calls were in flight the other side is gone, whatever the reason.
    const reason =
      wasOpen && error instanceof ProtocolError ? new PeerGoneError(error.message, { cause: error }) : error;
    this.#reason = reason;
    this.#heartbeat?.stop();
    this.#watch(LINGER_MS, () => {
      this.#carrier.destroy();
      this.gone();
    });
    this.#carrier.end();
    this.#tellClosed(reason);
  }

  #tellClosed(reason: Error): void {
    const listener = this.#onClose;
    if (listener === undefined) return;
    this.#onClose = undefined;
    queueMicrotask(() => listener(reason));
  }

  #watch(ms: number, callback: () => void): void {
    this.#deadline?.cancel();
    const time = deadlines();
    this.#deadline = time.add(time.now() + ms, callback);
  }
}

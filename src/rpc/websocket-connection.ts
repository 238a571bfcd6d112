/** WebSockets, of whatever maker: the platform's own, those of `ws`, of Deno's server, and of Bun's by its handlers. */
import { Buffer } from 'node:buffer';
import { checkObject } from '../pacing/option-checks.ts';
import { runtime } from '../runtime.ts';
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import type { ByteCarrier } from './byte-carrier.ts';
import { ByteConnection } from './byte-connection.ts';
import { type ByteConnectionOptions, connectionSettings } from './connection-options.ts';
import type { Role } from './handshake.ts';
import { SIGN, SignGiver, withoutWaiting } from './nagle.ts';
import { openWithin } from './open-within.ts';

/** What is used of a WebSocket (https://websockets.spec.whatwg.org/#the-websocket-interface). */
export interface WebSocketLike {
  readonly readyState: number;
  binaryType?: string;
  send(data: Uint8Array<ArrayBuffer>): unknown;
  close(code?: number, reason?: string): void;
  /** Ends it without a word; `ws` has it. */
  terminate?(): void;
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void;
}

/** What is used of its events. */
export interface WebSocketEvent {
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** `signal` and `timeout` hold for the connecting, handshake included. */
export interface WebSocketOptions extends ByteConnectionOptions, WaitOptions {
  /** What to call the other side in messages. @default {the URL, or 'a WebSocket'} */
  readonly peer?: string | undefined;
}

const CONNECTING = 0;
const OPEN = 1;
const NORMAL = 1_000;

/**
 * A connection over a WebSocket that this side has opened: an URL, for the platform's WebSocket (Node from version 22,
 * Deno, Bun), or a WebSocket, such as one of the package `ws`, that is still opening: what came before this call, the
 * other side's first word among it, is lost.
 *
 * @throws {ProtocolError} if the other side is no `acceptWebSocket`, or does not know the secret
 * @throws {PeerGoneError} if nobody is there or the connection is lost meanwhile
 * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason
 * @example
 * ```ts
 * const prices = wrap<PriceService>(await connectWebSocket('wss://prices.example/rpc', { secret }));
 * ```
 */
export function connectWebSocket(
  target: string | URL | WebSocketLike,
  options: WebSocketOptions = {},
): Promise<ByteConnection> {
  const isUrl = typeof target === 'string' || target instanceof URL;
  const peer = isUrl ? String(target) : 'a WebSocket';
  return connectOver(() => (isUrl ? openWebSocket(target) : target), peer, 'connecting', options);
}

/**
 * A connection over a WebSocket that this side's server has accepted: one of `WebSocketServer` of the package `ws`, one
 * of `Deno.upgradeWebSocket`. For `Bun.serve`, see `webSocketHandlers`.
 *
 * @throws as `connectWebSocket`
 * @example
 * ```ts
 * new WebSocketServer({ port: 5000 }).on('connection', async (socket) => {
 *   expose(api, await acceptWebSocket(socket, { secret }));
 * });
 * ```
 */
export function acceptWebSocket(socket: WebSocketLike, options: WebSocketOptions = {}): Promise<ByteConnection> {
  return connectOver(() => socket, 'a WebSocket', 'accepting', options);
}

function connectOver(
  open: () => WebSocketLike,
  defaultPeer: string,
  role: Role,
  options: WebSocketOptions,
): Promise<ByteConnection> {
  try {
    const settings = connectionSettings(options);
    checkWaitOptions(options);
    const { peer = defaultPeer } = options;
    const socket = open();
    checkSocket(socket);
    return openWithin(peer, options, () => new WebSocketCarrier(socket, peer, role, settings).connection);
  } catch (error) {
    return Promise.reject(error);
  }
}

class WebSocketCarrier implements ByteCarrier {
  readonly connection: ByteConnection;
  readonly #socket: WebSocketLike;
  /** Whether what this side sends waits for signs of the other. */
  readonly #waits: boolean;
  /** Present on the accepting side, once the other has asked for signs. */
  #signs: SignGiver | undefined;

  constructor(socket: WebSocketLike, peer: string, role: Role, settings: ReturnType<typeof connectionSettings>) {
    this.#socket = socket;
    this.#waits = role === 'connecting' && waitsForSigns(socket);
    socket.binaryType = 'arraybuffer';
    const connection = new ByteConnection(this, peer, role, settings);
    this.connection = connection;
    socket.addEventListener('open', () => this.#start());
    socket.addEventListener('message', ({ data }) => this.#take(data, role));
    socket.addEventListener('error', ({ message }) => connection.lost(message ?? 'the WebSocket failed'));
    socket.addEventListener('close', ({ code, reason }) => {
      connection.lost(`the WebSocket was closed (${code ?? 'no code'}${reason ? `, ${reason}` : ''})`);
      connection.gone();
    });
    if (socket.readyState === OPEN) this.#start();
    else if (socket.readyState !== CONNECTING) queueMicrotask(() => connection.gone());
  }

  /** The cuts between frames need not be those between messages. */
  write(chunks: readonly Uint8Array[]): void {
    if (this.#socket.readyState !== OPEN) return;
    this.#signs?.sent();
    for (const chunk of this.#waits ? withoutWaiting(chunks) : chunks) this.#send(chunk);
  }

  end(): void {
    this.#socket.close(NORMAL);
  }

  destroy(): void {
    if (typeof this.#socket.terminate === 'function') this.#socket.terminate();
    else this.#socket.close();
  }

  /** The platform decides. */
  ref(): void {}
  unref(): void {}

  #start(): void {
    if (this.#waits) this.#send(SIGN);
    this.connection.start();
  }

  #send(bytes: Uint8Array): void {
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  #take(data: unknown, role: Role): void {
    const bytes = bytesOf(data);
    // Only one side asks, so that signs are not answered by signs for ever.
    if (bytes.byteLength === 0 && role === 'accepting') this.#signs ??= new SignGiver(() => this.#giveSign());
    this.connection.take(bytes);
    this.#signs?.received();
  }

  #giveSign(): void {
    if (this.#socket.readyState === OPEN) this.#send(SIGN);
  }
}

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (data instanceof Uint8Array) return Buffer.from(data);
  // Text, which nobody here sends. As bytes it is no frame, and refused as such.
  return Buffer.from(String(data));
}

/** Whether it is the platform's own, and that one lets writes wait for acknowledgements. */
function waitsForSigns(socket: WebSocketLike): boolean {
  const { WebSocket } = globalThis as { readonly WebSocket?: new (url: string) => object };
  return runtime().webSocketWaits && WebSocket !== undefined && socket instanceof WebSocket;
}

function openWebSocket(url: string | URL): WebSocketLike {
  const { WebSocket } = globalThis as { readonly WebSocket?: new (url: string | URL) => WebSocketLike };
  if (WebSocket !== undefined) return new WebSocket(url);
  throw new TypeError(
    `Could not open ${String(url)}: this runtime has no WebSocket; pass one of the package 'ws' instead of the URL`,
  );
}

function checkSocket(socket: WebSocketLike): void {
  checkObject('the WebSocket', socket);
  const { addEventListener, send, close } = socket as Partial<WebSocketLike>;
  if (typeof addEventListener === 'function' && typeof send === 'function' && typeof close === 'function') return;
  throw new TypeError(
    `Expected a WebSocket, with addEventListener, send and close, got ${describe(socket)}; ` +
      'for a server of Bun, see webSocketHandlers()',
  );
}

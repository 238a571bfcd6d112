/** WebSockets of a server that has handlers for all of them instead of events for each: `Bun.serve`. */
import { checkCallback } from '../pacing/option-checks.ts';
import { describe } from '../signal/wait-options.ts';
import type { ByteConnection } from './byte-connection.ts';
import {
  acceptWebSocket,
  type WebSocketEvent,
  type WebSocketLike,
  type WebSocketOptions,
} from './websocket-connection.ts';

/** What is used of a server's socket (https://bun.sh/docs/api/websockets). */
export interface ServerSocket {
  readonly readyState: number;
  send(data: Uint8Array<ArrayBuffer>): unknown;
  close(code?: number, reason?: string): void;
  terminate?(): void;
}

/** What `Bun.serve` takes as `websocket`. */
export interface WebSocketHandlers {
  open(socket: ServerSocket): void;
  message(socket: ServerSocket, data: string | Uint8Array | ArrayBuffer): void;
  close(socket: ServerSocket, code: number, reason: string): void;
}

/** What to do with who comes. */
export interface WebSocketHandlerOptions extends WebSocketOptions {
  /** Called with each connection that both sides have agreed to. */
  readonly onConnection: (connection: ByteConnection) => void;
  /** Called when somebody was turned away before that. */
  readonly onRefused?: ((reason: Error) => void) | undefined;
}

/**
 * Handlers that make a connection of each WebSocket.
 *
 * @example
 * ```ts
 * Bun.serve({
 *   port: 5000,
 *   fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('', { status: 426 })),
 *   websocket: webSocketHandlers({ onConnection: (connection) => expose(api, connection) }),
 * });
 * ```
 */
export function webSocketHandlers(options: WebSocketHandlerOptions): WebSocketHandlers {
  const { onConnection, onRefused, ...connectionOptions } = options;
  if (typeof onConnection !== 'function') {
    throw new TypeError(`Expected option 'onConnection' to be a function, got ${describe(onConnection)}`);
  }
  checkCallback('onRefused', onRefused);
  const sockets = new WeakMap<ServerSocket, HandledSocket>();
  return {
    open(socket) {
      const handled = new HandledSocket(socket);
      sockets.set(socket, handled);
      acceptWebSocket(handled, connectionOptions).then(onConnection, (reason: Error) => onRefused?.(reason));
    },
    message: (socket, data) => sockets.get(socket)?.emit('message', { data }),
    close: (socket, code, reason) => sockets.get(socket)?.emit('close', { code, reason }),
  };
}

/** A server's socket with the events that its server's handlers were told of. */
class HandledSocket implements WebSocketLike {
  readonly #socket: ServerSocket;
  readonly #listeners = new Map<string, (event: WebSocketEvent) => void>();

  constructor(socket: ServerSocket) {
    this.#socket = socket;
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(data: Uint8Array<ArrayBuffer>): unknown {
    return this.#socket.send(data);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    if (this.#socket.terminate === undefined) this.#socket.close();
    else this.#socket.terminate();
  }

  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void {
    this.#listeners.set(type, listener);
  }

  emit(type: string, event: WebSocketEvent): void {
    this.#listeners.get(type)?.(event);
  }
}

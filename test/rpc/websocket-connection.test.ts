import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket as WsSocket, WebSocketServer } from 'ws';
import { DeadlineExceededError, PeerGoneError, ProtocolError } from '../../src/errors.ts';
import type { ByteConnection } from '../../src/rpc/byte-connection.ts';
import { acceptWebSocket, connectWebSocket, type WebSocketLike } from '../../src/rpc/websocket-connection.ts';
import { webSocketHandlers } from '../../src/rpc/websocket-handlers.ts';
import { ended, messages } from './_wire.ts';

const SECRET = 'a secret of sixteen bytes or more';
const cleanups: Array<() => unknown> = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Served {
  readonly url: string;
  /** The server's side of the first connection. */
  readonly accepted: Promise<ByteConnection>;
}

function echo(connection: ByteConnection): void {
  connection.onMessage((message) => connection.send(message));
}

/** A server of the package `ws`. */
async function serveWithWs(secret?: string): Promise<Served> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  cleanups.push(() => {
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  const accepted = new Promise<ByteConnection>((resolve, reject) => {
    server.once('connection', (socket) => {
      acceptWebSocket(socket as WebSocketLike, { secret }).then((connection) => {
        echo(connection);
        resolve(connection);
      }, reject);
    });
  });
  accepted.catch(() => {});
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, accepted };
}

/** The runtime's own server, where it has one. */
function serveWithRuntime(): Served | undefined {
  if ('Deno' in globalThis) return serveWithDeno();
  if ('Bun' in globalThis) return serveWithBun();
  return undefined;
}

function serveWithDeno(): Served {
  const { Deno } = globalThis as unknown as {
    Deno: {
      serve(options: object, handler: (request: Request) => Response): { addr: { port: number }; shutdown(): unknown };
      upgradeWebSocket(request: Request): { socket: WebSocketLike; response: Response };
    };
  };
  let resolve!: (connection: ByteConnection) => void;
  const accepted = new Promise<ByteConnection>((settle) => (resolve = settle));
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    void acceptWebSocket(socket).then((connection) => {
      echo(connection);
      resolve(connection);
    });
    return response;
  });
  cleanups.push(() => server.shutdown());
  return { url: `ws://127.0.0.1:${server.addr.port}`, accepted };
}

function serveWithBun(): Served {
  const { Bun } = globalThis as unknown as {
    Bun: { serve(options: object): { port: number; stop(force: boolean): unknown } };
  };
  let resolve!: (connection: ByteConnection) => void;
  const accepted = new Promise<ByteConnection>((settle) => (resolve = settle));
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request: Request, { upgrade }: { upgrade(request: Request): boolean }) =>
      upgrade.call(server, request) ? undefined : new Response('', { status: 426 }),
    websocket: webSocketHandlers({
      onConnection: (connection) => {
        echo(connection);
        resolve(connection);
      },
    }),
  });
  cleanups.push(() => server.stop(true));
  return { url: `ws://127.0.0.1:${server.port}`, accepted };
}

async function client(target: string | WebSocketLike, secret?: string): Promise<ByteConnection> {
  const connection = await connectWebSocket(target, { secret });
  cleanups.push(() => connection.close());
  return connection;
}

const VALUES = [{ text: 'é', when: new Date(5) }, new Map([[1, 2n]]), 'x'.repeat(200_000)];

async function expectEchoes(connection: ByteConnection): Promise<void> {
  const received = messages(connection, VALUES.length);
  for (const value of VALUES) connection.send(value);
  expect(await received).toEqual(VALUES);
}

describe('a connection over WebSockets', () => {
  test('carries messages between the sockets of ws', async () => {
    const { url } = await serveWithWs(SECRET);
    await expectEchoes(await client(new WsSocket(url) as WebSocketLike, SECRET));
  });

  test.runIf('WebSocket' in globalThis)("carries messages between the platform's socket and one of ws", async () => {
    const { url } = await serveWithWs();
    await expectEchoes(await client(url));
  });

  test.skipIf('WebSocket' in globalThis)('says what to do where the platform has no WebSocket', async () => {
    await expect(connectWebSocket('ws://127.0.0.1:1')).rejects.toThrow(/pass one of the package 'ws' instead/);
  });

  test.runIf('Deno' in globalThis || 'Bun' in globalThis)("carries messages to the runtime's own server", async () => {
    const { url, accepted } = serveWithRuntime() as Served;
    const connection = await client(url);
    await expectEchoes(connection);
    const reason = ended(await accepted);
    connection.close(new Error('enough'));
    expect((await reason).message).toMatch(/closed the connection: enough$/);
  });

  test('ends on both sides with the reason', async () => {
    const { url, accepted } = await serveWithWs();
    const connection = await client(new WsSocket(url) as WebSocketLike);
    const reason = ended(connection);
    (await accepted).close(new Error('maintenance'));
    expect((await reason).message).toMatch(/closed the connection: maintenance$/);
    await connection.closed;
  });

  test('is lost when the socket is cut', async () => {
    const { url, accepted } = await serveWithWs();
    const socket = new WsSocket(url);
    const connection = await client(socket as WebSocketLike);
    const reason = ended(await accepted);
    connection.send('on its way');
    socket.terminate();
    expect(await reason).toBeInstanceOf(PeerGoneError);
  });

  test('cuts off who sends text', async () => {
    const { url, accepted } = await serveWithWs();
    const socket = new WsSocket(url);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{"jsonrpc": "2.0"}');
    await expect(accepted).rejects.toThrow(ProtocolError);
  });

  test('where nobody listens, rejects', async () => {
    await expect(client(new WsSocket('ws://127.0.0.1:1') as WebSocketLike)).rejects.toThrow(PeerGoneError);
  });

  test('is given up after the timeout', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    cleanups.push(() => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const socket = new WsSocket(url) as WebSocketLike;
    await expect(connectWebSocket(socket, { timeout: 5 })).rejects.toThrow(DeadlineExceededError);
  });

  test('takes nothing for a WebSocket that is none', async () => {
    await expect(acceptWebSocket({} as WebSocketLike)).rejects.toThrow(/Expected a WebSocket/);
    expect(() => webSocketHandlers({} as never)).toThrow(/onConnection/);
  });
});

import { Buffer } from 'node:buffer';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket as WsSocket, WebSocketServer } from 'ws';
import type { ByteConnection } from '../../src/rpc/byte-connection.ts';
import { ONE_WRITE_BYTES, SignGiver, withoutWaiting } from '../../src/rpc/nagle.ts';
import { acceptWebSocket, connectWebSocket, type WebSocketLike } from '../../src/rpc/websocket-connection.ts';
import { installRuntime, runtime } from '../../src/runtime.ts';
import { gateOf } from '../signal/_gate.ts';
import { testRuntime } from '../support/install-runtime.ts';
import { messages } from './_wire.ts';

const cleanups: Array<() => unknown> = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

function turn(): Promise<void> {
  return new Promise((resolve) => runtime().defer(resolve));
}

/** A server that does this with the first who comes. Returns its URL. */
async function serve(onConnection: (socket: WsSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  cleanups.push(() => {
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  server.once('connection', onConnection);
  await new Promise((resolve) => server.once('listening', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that gives each message back, and the lengths of what came over the wire. */
async function serveEcho(): Promise<{ url: string; lengths: number[] }> {
  const lengths: number[] = [];
  const url = await serve((socket) => {
    socket.on('message', (data: Buffer | ArrayBuffer) => lengths.push(data.byteLength));
    acceptWebSocket(socket as WebSocketLike).then(
      (connection) => connection.onMessage((message) => connection.send(message)),
      () => {}, // Whoever says no hello is no client.
    );
  });
  return { url, lengths };
}

async function connected(socket: string | WebSocketLike): Promise<ByteConnection> {
  const connection = await connectWebSocket(socket);
  cleanups.push(() => connection.close());
  return connection;
}

describe('what is sent so that writes do not wait', () => {
  test('is the same bytes, in messages of at most one write', () => {
    const chunks = [bytes(3_000), bytes(1), bytes(ONE_WRITE_BYTES), bytes(65_535)];
    const sent = [...withoutWaiting(chunks)];
    expect(Buffer.concat(sent).equals(Buffer.concat(chunks))).toBe(true);
    expect(Math.max(...sent.map((message) => message.byteLength))).toBe(ONE_WRITE_BYTES);
  });

  test('is left whole where it takes more than a segment', () => {
    const large = bytes(65_536);
    expect([...withoutWaiting([large])].map((message) => message.byteLength)).toEqual([65_536]);
  });
});

describe('whoever waits for a sign', () => {
  test('gets one for all that has come in a turn', async () => {
    let given = 0;
    const signs = new SignGiver(() => given++);
    signs.received();
    signs.received();
    expect(given).toBe(0);
    await turn();
    expect(given).toBe(1);
    await turn();
    expect(given).toBe(1);
  });

  test('gets none where an answer goes out in that turn', async () => {
    let given = 0;
    const signs = new SignGiver(() => given++);
    signs.received();
    signs.sent();
    await turn();
    expect(given).toBe(0);
  });

  test('gets one from whoever accepts it, after an empty message', async () => {
    const { url } = await serveEcho();
    const socket = new WsSocket(url);
    await new Promise((resolve) => socket.once('open', resolve));
    // The other side's hello comes by itself: it is nobody's answer.
    const sign = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        if (data.byteLength === 0) resolve();
      });
    });
    socket.send(new Uint8Array(0));
    await sign;
    socket.terminate();
  });

  test('gives none in turn', async () => {
    const lengths: number[] = [];
    const greeted = gateOf<WsSocket>();
    const url = await serve((socket) => {
      socket.on('message', (data: Buffer) => {
        lengths.push(data.byteLength);
        greeted.resolve(socket);
      });
    });
    connectWebSocket(new WsSocket(url) as WebSocketLike).catch(() => {});
    const socket = await greeted.promise;
    socket.send(new Uint8Array(0));
    // There and back twice: the turn in which the empty message came is over.
    for (let i = 0; i < 2; i++) {
      const pong = new Promise((resolve) => socket.once('pong', resolve));
      socket.ping();
      await pong;
    }
    expect(lengths).not.toContain(0);
  });
});

describe.runIf('WebSocket' in globalThis)('a platform whose WebSocket waits', () => {
  test('asks for signs first, and sends what is short in messages of one write', async () => {
    installRuntime({ ...testRuntime, webSocketWaits: true });
    try {
      const { url, lengths } = await serveEcho();
      const connection = await connected(url);
      const values = ['short', 'x'.repeat(20_000), bytes(3_000), 'y'.repeat(100_000)];
      const received = messages(connection, values.length);
      for (const value of values) connection.send(value);
      expect((await received).map((value) => (value as string | Uint8Array).length)).toEqual([5, 20_000, 3_000, 1e5]);
      expect(lengths[0]).toBe(0);
      expect(lengths.filter((length) => length > ONE_WRITE_BYTES).length).toBe(1);
    } finally {
      installRuntime(testRuntime);
    }
  });
});

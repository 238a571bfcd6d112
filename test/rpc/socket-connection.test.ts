import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect as connectNet, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, test } from 'vitest';
import { DeadlineExceededError, PeerGoneError, ProtocolError } from '../../src/errors.ts';
import type { ByteConnection } from '../../src/rpc/byte-connection.ts';
import { connectionSettings } from '../../src/rpc/connection-options.ts';
import { uint32Bytes } from '../../src/rpc/frames/frame.ts';
import { connect, type ConnectOptions } from '../../src/rpc/socket-connection.ts';
import { connectionOver } from '../../src/rpc/socket-carrier.ts';
import { listen, type ListenOptions, type SocketServer } from '../../src/rpc/socket-server.ts';
import { scaled } from '../support/scale.ts';
import { CERTIFICATE, PRIVATE_KEY } from './_certificate.ts';
import { ended, messages } from './_wire.ts';

const SECRET = 'a secret of sixteen bytes or more';
const cleanups: AsyncDisposable[] = [];

afterEach(async () => {
  for (const resource of cleanups.splice(0)) await resource[Symbol.asyncDispose]();
});

/** A server that sends back what it is sent, until the end of the test. */
async function echoServer(options: Partial<ListenOptions> = {}): Promise<SocketServer & { readonly port: number }> {
  const place = options.path === undefined ? { port: 0 } : {};
  const onConnection = (connection: ByteConnection): void => {
    connection.onMessage((message) => connection.send(message));
  };
  const server = await listen({ ...place, onConnection, ...options });
  cleanups.push(server);
  return server as SocketServer & { readonly port: number };
}

async function client(options: ConnectOptions): Promise<ByteConnection> {
  const connection = await connect(options);
  cleanups.push(connection);
  return connection;
}

/** A connection of bare `node:net`, opened. */
async function bareSocket(port: number): Promise<Socket> {
  const socket = connectNet({ port, host: '127.0.0.1' });
  cleanups.push({ [Symbol.asyncDispose]: async () => void socket.destroy() });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket.resume();
}

function socketPath(): string {
  const name = `reveille-${randomUUID()}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

async function echoes(connection: ByteConnection, message: unknown): Promise<unknown> {
  const answer = messages(connection, 1);
  connection.send(message);
  return (await answer)[0];
}

describe('connect and listen', () => {
  test('carry messages over TCP', async () => {
    const { port } = await echoServer();
    const connection = await client({ port });
    expect(connection.peer).toBe(`127.0.0.1:${port}`);
    expect(await echoes(connection, { text: 'é', when: new Date(5) })).toEqual({ text: 'é', when: new Date(5) });
    const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
    expect(Buffer.compare((await echoes(connection, large)) as Uint8Array, large)).toBe(0);
  });

  test('carry messages over a Unix socket, whose file goes with the server', async () => {
    const path = socketPath();
    const server = await echoServer({ path });
    expect(await echoes(await client({ path }), ['over', 'a', 'path'])).toEqual(['over', 'a', 'path']);
    expect(server.port).toBeUndefined();
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  test('carry messages over TLS', async () => {
    const { port } = await echoServer({ tls: { key: PRIVATE_KEY, cert: CERTIFICATE }, secret: SECRET });
    const connection = await client({ port, secret: SECRET, tls: { ca: CERTIFICATE, servername: 'localhost' } });
    expect(await echoes(connection, 'in private')).toBe('in private');
  });

  test('TLS with a certificate that nobody has signed is refused', async () => {
    const refused = new Promise<Error>((resolve) => {
      void echoServer({ tls: { key: PRIVATE_KEY, cert: CERTIFICATE }, onRefused: resolve }).then(({ port }) =>
        expect(connect({ port, tls: true })).rejects.toThrow(PeerGoneError),
      );
    });
    expect(await refused).toBeInstanceOf(Error);
  });

  test('a secret that is not shared is refused on both sides', async () => {
    const refused = new Promise<Error>((resolve) => {
      void echoServer({ secret: SECRET, onRefused: resolve }).then(async ({ port }) => {
        await expect(connect({ port, secret: `${SECRET}?` })).rejects.toThrow(/does not know the secret/);
      });
    });
    expect(await refused).toBeInstanceOf(ProtocolError);
  });

  test('where nobody listens, connecting rejects with the system error as cause', async () => {
    const server = await echoServer();
    const { port } = server;
    await server.close();
    const error = await connect({ port }).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(PeerGoneError);
    expect((error as Error).message).toContain(`Could not connect to 127.0.0.1:${port}`);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a server that accepts and says nothing is given up after the timeout, or when the signal says so', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => {})));
    cleanups.push({
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => silent.close(resolve));
      },
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    await expect(connect({ port, timeout: 5 })).rejects.toThrow(DeadlineExceededError);
    const reason = new Error('not any more');
    await expect(connect({ port, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const connecting = expect(connect({ port, signal: controller.signal })).rejects.toBe(reason);
    controller.abort(reason);
    await connecting;
  });

  test('a port that is taken is an error that says so', async () => {
    const { port } = await echoServer();
    await expect(listen({ port, onConnection: () => {} })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('a path that is listened at is not taken over', async () => {
    const path = socketPath();
    await echoServer({ path });
    await expect(listen({ path, onConnection: () => {} })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await echoes(await client({ path }), 'still here')).toBe('still here');
  });

  test.each<[string, unknown]>([
    ['exactly one of', {}],
    ['exactly one of', { port: 1, path: 'x' }],
    ["'port'", { port: -1 }],
    ["'port'", { port: 0 }],
    ["'port'", { port: '80' }],
    ["'path'", { path: '' }],
    ["'host'", { port: 1, host: 5 }],
    ["'timeout'", { port: 1, timeout: -1 }],
    ["'secret'", { port: 1, secret: 'short' }],
  ])('connect names what is wrong: %s', async (name, options) => {
    await expect(connect(options as ConnectOptions)).rejects.toThrow(name);
  });

  test.each<[string, unknown]>([
    ['onConnection', { port: 0 }],
    ['onRefused', { port: 0, onConnection: () => {}, onRefused: 1 }],
    ['maxConnections', { port: 0, onConnection: () => {}, maxConnections: 0 }],
  ])('listen names what is wrong: %s', async (name, options) => {
    await expect(listen(options as ListenOptions)).rejects.toThrow(name);
  });
});

describe('a server', () => {
  test('closes with a reason, ends its connections and frees its port', async () => {
    const server = await echoServer();
    const { port } = server;
    const connection = await client({ port });
    const reason = ended(connection);
    await server.close(new Error('maintenance'));
    expect((await reason).message).toMatch(/closed the connection: maintenance$/);
    const next = await listen({ port, onConnection: () => {} });
    await next.close();
  });

  test('takes no more connections than it may, and those that it has go on', async () => {
    const accepted: ByteConnection[] = [];
    let port = 0;
    await new Promise<void>((resolve) => {
      const onConnection = (connection: ByteConnection): void => {
        if (accepted.push(connection) === 2) resolve();
      };
      void echoServer({ maxConnections: 2, onConnection }).then(async (server) => {
        port = server.port;
        await Promise.all([client({ port }), client({ port })]);
      });
    });
    await expect(connect({ port })).rejects.toThrow(/2 connections already/);
    expect(accepted.map(({ ended }) => ended)).toEqual([false, false]);
    await accepted[0]?.[Symbol.asyncDispose]();
    await client({ port });
  });

  test.each<[string, Uint8Array]>([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a frame that never ends', uint32Bytes(0xffff_ffff)],
    ['noise', Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 256)],
  ])('cuts off who sends %s, and serves the others', async (_, bytes) => {
    const refusals: Error[] = [];
    const { port } = await echoServer({ onRefused: (reason) => refusals.push(reason) });
    const connection = await client({ port });
    const socket = await bareSocket(port);
    socket.write(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toBeInstanceOf(ProtocolError);
    expect(await echoes(connection, 'unharmed')).toBe('unharmed');
  });

  test('gives up on who connects and says nothing', async () => {
    const refused = new Promise<Error>((resolve) => {
      void echoServer({ handshakeTimeout: 5, onRefused: resolve }).then(({ port }) => bareSocket(port));
    });
    expect((await refused).message).toMatch(/was not over within 5 ms/);
  });
});

describe('the death of the other side', () => {
  test('is told at once when its socket is destroyed, however often, with messages on their way', async () => {
    const settings = connectionSettings({});
    let accepted: Socket | undefined;
    const server = createServer((socket) => {
      accepted = socket;
      connectionOver(socket, 'the client', 'accepting', settings).start();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    for (let round = 0; round < scaled(200); round++) {
      const connection = await client({ port });
      for (let i = 0; i < 1_000; i++) connection.send({ call: i });
      const reason = ended(connection);
      accepted?.destroy();
      expect(await reason).toBeInstanceOf(PeerGoneError);
      await connection.closed;
    }
    await new Promise((resolve) => server.close(resolve));
  });
});

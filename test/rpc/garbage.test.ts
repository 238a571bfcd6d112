/** Whatever the other side sends, on whatever way: it is answered or cut off, reaches nothing, and harms nobody. */
import type { ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket as WsSocket, WebSocketServer } from 'ws';
import { Channel } from '../../src/channel/channel.ts';
import { ChannelConnection, channelEnds } from '../../src/rpc/channel-connection.ts';
import type { Connection } from '../../src/rpc/connection.ts';
import type { ByteConnectionOptions } from '../../src/rpc/connection-options.ts';
import { expose } from '../../src/rpc/expose.ts';
import { PortConnection } from '../../src/rpc/port-connection.ts';
import { connectChild } from '../../src/rpc/process-connection.ts';
import { connect } from '../../src/rpc/socket-connection.ts';
import { listen, type SocketServer } from '../../src/rpc/socket-server.ts';
import { acceptWebSocket, connectWebSocket, type WebSocketLike } from '../../src/rpc/websocket-connection.ts';
import { wrap } from '../../src/rpc/wrap.ts';
import { scaled } from '../support/scale.ts';
import { gone, startChild } from './_child.ts';
import { spoiler, SPOILINGS, wrongMessages } from './_garbage.ts';
import { openingWire } from './_wire.ts';
import '../support/install-runtime.ts';

/** Of whoever carried out what it was sent. */
const scope = globalThis as { reached?: boolean };

class Service {
  readonly #secret = 'secret';
  readonly nested = { deep: { number: 1 } };
  reached = 0;

  add(a: number, b: number): number {
    return a + b;
  }

  /** Of every instance, but no method: nobody from outside may call it. */
  readonly secret = (): string => {
    this.reached++;
    return this.#secret;
  };
}

/** Nobody outside of this process has this number for a call. */
const LAST = 900_001;

/** Resolves once what was sent before has been dealt with: by an answer to one call more, or by the end. */
async function dealtWith(attacker: Connection, messages: readonly unknown[]): Promise<'answered' | 'cut off'> {
  const outcome = new Promise<'answered' | 'cut off'>((resolve) => {
    attacker.onMessage((message) => {
      if (Array.isArray(message) && message[0] === 3 && message[1] === LAST) resolve('answered');
    });
    attacker.onClose(() => resolve('cut off'));
  });
  for (const message of messages) {
    try {
      attacker.send(message);
    } catch {
      // Not even this side can carry it.
    }
  }
  attacker.send([2, LAST, 0, 'APPLY', ['add'], [2, 3]]);
  return outcome;
}

/** Within a process the other side is trusted, unless names are listed. */
const LISTED = { allow: ['add', 'nested.deep'] };

interface Way {
  readonly name: string;
  /** Of the runs: some ways are slow. */
  readonly share: number;
  connect(service: Service): Promise<Connection> | Connection;
}

let tcp: SocketServer & { readonly port: number };
let webSockets: WebSocketServer;
let served = new Service();

const webSocketUrl = (): string => `ws://127.0.0.1:${(webSockets.address() as AddressInfo).port}`;
const overWebSocket = (url: string, options: ByteConnectionOptions = {}): Promise<Connection> =>
  connectWebSocket(new WsSocket(url) as WebSocketLike, options);
/** What hangs is given up soon. */
const QUICK = { handshakeTimeout: 100, heartbeat: { interval: 50, timeout: 50 } };

beforeAll(async () => {
  const server = await listen({ port: 0, onConnection: (connection) => expose(served, connection) });
  tcp = server as typeof tcp;
  webSockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  webSockets.on('connection', (socket) => {
    socket.on('error', () => {});
    acceptWebSocket(socket as WebSocketLike).then(
      (connection) => expose(served, connection),
      () => {},
    );
  });
  await new Promise((resolve) => webSockets.once('listening', resolve));
});

afterAll(async () => {
  await tcp[Symbol.asyncDispose]();
  for (const socket of webSockets.clients) socket.terminate();
  await new Promise((resolve) => webSockets.close(resolve));
});

const ways: readonly Way[] = [
  {
    name: 'shared memory',
    share: 1,
    connect(service) {
      const [near, far] = channelEnds();
      expose(service, far, LISTED);
      return ChannelConnection.at(near);
    },
  },
  {
    name: 'a MessagePort',
    share: 1,
    connect(service) {
      const { port1, port2 } = new MessageChannel();
      expose(service, port2, LISTED);
      return PortConnection.over(port1);
    },
  },
  {
    name: 'frames of MessagePack',
    share: 1,
    connect(service) {
      const [near, far] = openingWire();
      expose(service, far);
      return near;
    },
  },
  { name: 'TCP', share: 0.2, connect: () => connect({ port: tcp.port }) },
  { name: 'a WebSocket', share: 0.2, connect: () => overWebSocket(webSocketUrl()) },
];

describe.each(ways)('messages of every wrong shape over $name', ({ connect: connectTo, share }) => {
  test('are answered or end the connection, and reach nothing', async () => {
    const own = Object.getOwnPropertyNames(Object.prototype).length;
    await fc.assert(
      fc.asyncProperty(wrongMessages, async (messages) => {
        const service = (served = new Service());
        const attacker = await connectTo(service);
        await dealtWith(attacker, messages);
        attacker.close();
        expect(scope.reached).toBeUndefined();
        expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(own);
        expect(Service.prototype.add).toBe(add);
        expect(service.reached).toBe(0);
      }),
      { numRuns: scaled(500 * share) },
    );
  });
});

const { add } = Service.prototype;

describe('messages of every wrong shape over the channel to a child', () => {
  test('end the connection at most: the child goes on, and ends as it should', async () => {
    for (const messages of fc.sample(wrongMessages, scaled(10))) {
      const child = startChild('_serving-process.ts', 'json', ['ipc']);
      const attacker = await connectChild(child);
      await dealtWith(attacker, messages);
      expect(child.exitCode === null || child.exitCode === 0).toBe(true);
      if (child.connected) child.disconnect();
      await gone(child);
      expect([child.exitCode, child.signalCode]).toEqual([0, null]);
    }
  });

  test('no better does what is no message of ours', async () => {
    const child: ChildProcess = startChild('_serving-process.ts', 'json', ['ipc']);
    const attacker = await connectChild(child);
    for (const bytes of [undefined, null, 5, {}, [1], 'no base64 %', '', 'AAAA', '/////w==']) {
      child.send({ reveille: 'bytes', bytes } as never);
    }
    for (const word of [5, null, [], { reveille: 'open' }, { reveille: {} }])
      if (child.connected) child.send(word as never);
    await new Promise((resolve) => attacker.onClose(resolve));
    if (child.connected) child.disconnect();
    await gone(child);
    expect(child.exitCode).toBe(0);
  });
});

describe('shared memory that holds no record', () => {
  test('ends the connection at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const [near, far] = channelEnds();
        expose(new Service(), far);
        const attacker = ChannelConnection.at(near);
        const raw = Channel.from(near.sending);
        raw.trySend(bytes);
        await dealtWith(attacker, []);
        attacker.close();
      }),
      { numRuns: scaled(500) },
    );
  });

  test.each([5, null, 'x', {}, { message: 1 }, { record: 5 }, { bye: 5 }])(
    'nor is %j of the port taken for a word',
    async (word) => {
      const [near, far] = channelEnds();
      expose(new Service(), far);
      near.port.postMessage(word);
      await dealtWith(ChannelConnection.at(near), []);
      ChannelConnection.at(near).close();
    },
  );
});

/** The same each time for a number, so that a failure can be seen again. */
function chooser(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state % Math.max(1, below);
  };
}

type Reach = (port: number, options?: ByteConnectionOptions) => Promise<Connection>;

const carriers: ReadonlyArray<readonly [name: string, port: () => number, reach: Reach]> = [
  ['TCP', () => tcp.port, (port, options = {}) => connect({ port, ...options })],
  [
    'a WebSocket',
    () => (webSockets.address() as AddressInfo).port,
    (port, options) => overWebSocket(`ws://127.0.0.1:${port}`, options),
  ],
];

/** Whether each of some calls was answered. */
async function answers(connection: Connection, readyTimeout: number): Promise<boolean[]> {
  const remote = wrap<Service>(connection, { readyTimeout });
  const calls: Array<Promise<boolean>> = [];
  for (let burst = 0; burst < 5; burst++) {
    for (let i = 0; i < 5; i++) {
      const call = remote.add(i, 1);
      calls.push(
        call.then(
          () => true,
          () => false,
        ),
      );
    }
    await calls.at(-1);
  }
  return Promise.all(calls);
}

describe.each(carriers)('bytes that are spoilt on their way over %s', (_, port, reach) => {
  test.each(SPOILINGS)('by "%s": every call settles, and others are served', async (spoiling) => {
    served = new Service();
    // Bytes that are only cut or merged are the same bytes.
    const isHarmless = ['nothing', 'cut', 'merge'].includes(spoiling);
    for (let round = 0; round < scaled(20); round++) {
      // The handshake comes through, sometimes.
      const way = await spoiler(port(), ['nothing', 'nothing', spoiling], chooser(round));
      const connection = await reach(way.port, isHarmless ? {} : QUICK).catch(() => undefined);
      if (isHarmless) expect(connection).toBeDefined();
      if (connection !== undefined) {
        const all = await answers(connection, isHarmless ? 30_000 : 100);
        if (isHarmless) expect(all).not.toContain(false);
        connection.close();
      }
      await way.close();
    }
    const connection = await reach(port());
    expect(await wrap<Service>(connection).add(2, 3)).toBe(5);
    connection.close();
  });
});

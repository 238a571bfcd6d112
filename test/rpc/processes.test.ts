import process from 'node:process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proxy, type Remote } from 'comlink';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket as WsSocket } from 'ws';
import { PeerGoneError, RpcRefusedError } from '../../src/errors.ts';
import type { Connection } from '../../src/rpc/connection.ts';
import { connectChild } from '../../src/rpc/process-connection.ts';
import { connect } from '../../src/rpc/socket-connection.ts';
import { connectWebSocket, type WebSocketLike } from '../../src/rpc/websocket-connection.ts';
import { wrap } from '../../src/rpc/wrap.ts';
import { scaled } from '../support/scale.ts';
import { gone, startChild } from './_child.ts';
import type { Service } from './_serving-process.ts';
import '../support/install-runtime.ts';

/** 200 are promised, and take minutes; `npm test` has time for one, CI for some more. */
const KILLS = Number(process.env['RPC_KILLS'] ?? (scaled(20) >= 20 ? 20 : 1));
const IN_FLIGHT = 1_000;
/** Milliseconds, against a hang: each round starts a process. */
const KILL_TIME = { timeout: 60_000 + KILLS * 5_000 };

interface Served {
  readonly child: ChildProcess;
  readonly connection: Connection;
}

async function port(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('message', (message) => resolve((message as { port: number }).port)));
}

const transports: ReadonlyArray<readonly [string, () => Promise<Served>]> = [
  [
    'the channel to a child',
    async () => {
      const child = startChild('_serving-process.ts', 'json', ['ipc']);
      return { child, connection: await connectChild(child) };
    },
  ],
  [
    'TCP',
    async () => {
      const child = startChild('_serving-process.ts', 'json', ['tcp']);
      return { child, connection: await connect({ port: await port(child) }) };
    },
  ],
  [
    'a Unix socket',
    async () => {
      const path = join(tmpdir(), `reveille-${randomUUID()}.sock`);
      const child = startChild('_serving-process.ts', 'json', [path]);
      await port(child);
      return { child, connection: await connect({ path }) };
    },
  ],
  [
    'a WebSocket',
    async () => {
      const child = startChild('_serving-process.ts', 'json', ['ws']);
      const url = `ws://127.0.0.1:${await port(child)}`;
      // The platform's own, where there is one.
      const target = 'WebSocket' in globalThis ? url : (new WsSocket(url) as WebSocketLike);
      return { child, connection: await connectWebSocket(target) };
    },
  ],
];

describe.each(transports)('a service in another process, over %s', (_, serve) => {
  let served: Served;
  let remote: Remote<Service>;

  beforeAll(async () => {
    served = await serve();
    remote = wrap<Service>(served.connection);
  });

  afterAll(async () => {
    served.child.kill('SIGKILL');
    await gone(served.child);
  });

  test('is called, with callbacks, streams and signals', async () => {
    expect(await remote.add(2, 3)).toBe(5);
    expect(await remote.callBack(proxy((n: number) => Promise.resolve(n + 1)) as never)).toBe(22);
    const items: number[] = [];
    for await (const item of await remote.count(200)) items.push(item);
    expect(items).toEqual([...Array(200).keys()]);
    const controller = new AbortController();
    const aborted = remote.whenAborted(controller.signal);
    controller.abort();
    expect(await aborted).toBe('aborted');
  });

  test('throws what it throws', async () => {
    const error = await remote.fail().then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'mine', code: 'E_MINE' });
    expect(error?.cause).toBeInstanceOf(TypeError);
  });

  test('lets nobody reach what is not its own', async () => {
    const any = remote as unknown as Record<string, (() => Promise<unknown>) & Record<string, () => Promise<unknown>>>;
    await expect(any['constructor']?.()).rejects.toThrow(RpcRefusedError);
    await expect(any['add']?.['constructor']?.()).rejects.toThrow(RpcRefusedError);
    await expect(any['toString']?.()).rejects.toThrow(RpcRefusedError);
    await expect(any['injected']?.()).rejects.toThrow(RpcRefusedError);
    await expect(any['fields']?.['get']?.()).rejects.toThrow(RpcRefusedError);
    expect(await remote.fields).toEqual(new Map([[1, 'one']]));
  });

  test(`when it is killed with ${IN_FLIGHT} calls in flight, each of them settles`, KILL_TIME, async () => {
    for (let round = 0; round < KILLS; round++) {
      if (round > 0) {
        served = await serve();
        remote = wrap<Service>(served.connection);
      }
      // In flight for sure: it has answered what came after half of them.
      const calls = Array.from({ length: IN_FLIGHT / 2 }, () => remote.hang());
      await remote.add(1, 1);
      for (let i = 0; i < IN_FLIGHT / 2; i++) calls.push(remote.hang());
      served.child.kill('SIGKILL');
      const outcomes = await Promise.allSettled(calls);
      expect(
        outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason instanceof PeerGoneError),
      ).toBe(true);
      await expect(remote.add(1, 1)).rejects.toThrow(PeerGoneError);
      await gone(served.child);
    }
  });
});

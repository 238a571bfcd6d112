import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { superviseThread } from 'reveille';
import { channelEnds, type Endpoint, proxy, type Remote, releaseProxy, wrap } from 'reveille/rpc';
import { PeerGoneError } from '../../src/errors.ts';
import { Arena } from '../../src/memory/arena.ts';
import { scaled } from '../support/scale.ts';
import type { Part, Service } from './_rpc-thread.ts';

/** 200 are promised, and take minutes; `npm test` has time for a few, CI for some more. */
const KILLS = Number(process.env['RPC_KILLS'] ?? (scaled(20) >= 20 ? 20 : 2));
const IN_FLIGHT = 1_000;
/** Milliseconds, against a hang: each round starts a thread. */
const KILL_TIME = { timeout: 60_000 + KILLS * 1_000 };

interface Started {
  readonly worker: Worker;
  readonly exited: Promise<void>;
}

const started: Started[] = [];

function start(part: Part): Started {
  const port = (part.endpoint as { readonly port?: object } | undefined)?.port ?? part.endpoint;
  const transferList = port === undefined ? [] : [port as never];
  const worker = new Worker(new URL('./_rpc-thread.ts', import.meta.url), { workerData: part, transferList });
  // What it throws on purpose is not this thread's.
  worker.on('error', () => {});
  const thread = { worker, exited: superviseThread(worker) };
  started.push(thread);
  return thread;
}

/** One end to use here, the other one with a thread that offers the service on it. */
const transports: ReadonlyArray<
  readonly [name: string, connect: (part?: Pick<Part, 'isKilled'>) => { thread: Started; endpoint: Endpoint }]
> = [
  [
    'a Worker',
    (part) => {
      const thread = start({ does: 'expose', ...part });
      return { thread, endpoint: thread.worker as unknown as Endpoint };
    },
  ],
  [
    'a MessagePort',
    (part) => {
      const { port1, port2 } = new MessageChannel();
      return { thread: start({ does: 'expose', endpoint: port2, ...part }), endpoint: port1 };
    },
  ],
  [
    'shared memory',
    (part) => {
      const [near, far] = channelEnds();
      return { thread: start({ does: 'expose', endpoint: far, ...part }), endpoint: near };
    },
  ],
];

afterEach(async () => {
  for (const { worker, exited } of started.splice(0)) {
    void worker.terminate();
    await exited;
  }
});

describe.each(transports)('over %s', (_name, connect) => {
  test('a service in a thread is used from here: calls, streams, callbacks', async () => {
    const { endpoint } = connect();
    const remote = wrap<Service>(endpoint);
    expect(await remote.add(2, 3)).toBe(5);
    const items: number[] = [];
    for await (const item of await remote.count(200)) items.push(item);
    expect(items).toEqual([...Array(200).keys()]);
    expect(await remote.callBack(proxy((n: number) => Promise.resolve(n + 1)) as never)).toBe(22);
    remote[releaseProxy]();
  });

  test.each(['exit', 'fail'] as const)(
    'when the thread ends by "%s", calls in flight reject, later ones too',
    async (end) => {
      const { endpoint } = connect();
      const remote = wrap<Service>(endpoint);
      const calls = [remote.never(), remote.never(), remote[end]()];
      for (const call of calls) await expect(call).rejects.toThrow(PeerGoneError);
      await expect(remote.add(1, 1)).rejects.toThrow(PeerGoneError);
    },
  );

  test(`${KILLS} threads are ended with ${IN_FLIGHT} calls in flight each: every call settles`, KILL_TIME, async () => {
    for (let i = 0; i < KILLS; i++) {
      const { endpoint, thread } = connect({ isKilled: true });
      const remote = wrap<Service>(endpoint);
      await remote.add(1, 1);
      const calls = inFlight(remote);
      // Some of them are on their way, some there, some answered.
      if (i % 2 === 1) await calls[0];
      void thread.worker.terminate();
      const settled = await Promise.allSettled(calls);
      for (const outcome of settled) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(PeerGoneError);
        else expect(outcome.value).toBeTypeOf('number');
      }
      expect(settled.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(IN_FLIGHT / 2);
      await thread.exited;
    }
  });
});

function inFlight(remote: Remote<Service>): Array<Promise<number>> {
  return Array.from({ length: IN_FLIGHT }, (_, i) => (i % 2 === 0 ? remote.add(i, 1) : remote.never()));
}

test('what cannot be cloned is refused over shared memory, where only `reveille/rpc` is loaded, too', async () => {
  const [near, far] = channelEnds();
  const url = new URL('./_rpc-alone.mjs', import.meta.url);
  const worker = new Worker(url, { workerData: far, transferList: [far.port] });
  started.push({ worker, exited: superviseThread(worker) });
  const remote = wrap<{ proxy(): never[] }>(near);
  await expect(remote.proxy()).rejects.toThrow('Unserializable return value');
});

test('shared memory connects two threads, neither of which is this one', async () => {
  const [one, other] = channelEnds();
  const server = start({ does: 'expose', endpoint: other });
  const client = start({ does: 'call', endpoint: one });
  const said = await new Promise((resolve) => client.worker.on('message', resolve));
  expect(said).toEqual([100, 500, 41]);
  void client.worker.terminate();
  // It has nothing left to do: what it exposed is used by nobody.
  await server.exited;
});

test('the memory of a connection is given back when it is released, and when the other thread has died', async () => {
  for (const end of ['release', 'exit'] as const) {
    const [near, far] = channelEnds();
    const arena = Arena.attach(near.sending.buffer);
    const { blocks } = arena.stats();
    const { exited } = start({ does: 'expose', endpoint: far });
    const remote = wrap<Service>(near);
    expect(await remote.add(1, 1)).toBe(2);
    const closed = new Promise((resolve) => near.port.addEventListener('close', resolve));
    if (end === 'release') remote[releaseProxy]();
    else await expect(remote.exit()).rejects.toThrow(PeerGoneError);
    await closed;
    await exited;
    // Two channels, each with its room.
    expect(arena.stats().blocks).toBe(blocks - 4);
  }
});

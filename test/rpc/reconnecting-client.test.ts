import { afterEach, describe, expect, test } from 'vitest';
import { DeadlineExceededError, PeerGoneError, ProtocolError, RetriesExhaustedError } from '../../src/errors.ts';
import type { ByteConnection } from '../../src/rpc/byte-connection.ts';
import { expose } from '../../src/rpc/expose.ts';
import { ReconnectingClient, type ReconnectOptions } from '../../src/rpc/reconnecting-client.ts';
import { gate } from '../pacing/_virtual-time.ts';
import { openingWire } from './_wire.ts';

/** A service whose calls hang until they are let go, and that counts them. */
class Service {
  readonly version = { major: 1 };
  calls = 0;
  #called = gate();
  #go = gate();

  add(a: number, b: number): number {
    return a + b;
  }

  async hang(): Promise<string> {
    this.calls++;
    this.#called.open();
    await this.#go.opened;
    return 'done';
  }

  fail(): never {
    throw new RangeError('mine');
  }

  /** Resolves once `hang` is called again. */
  async called(): Promise<void> {
    await this.#called.opened;
    this.#called = gate();
  }

  letGo(): void {
    this.#go.open();
  }
}

const clients: Array<ReconnectingClient<Service>> = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client[Symbol.asyncDispose]();
});

interface Setup {
  readonly client: ReconnectingClient<Service>;
  readonly service: Service;
  /** The server's side of each connection that was opened. */
  readonly accepted: ByteConnection[];
}

function setUp(options: Partial<ReconnectOptions<Service>> = {}): Setup {
  const service = new Service();
  const accepted: ByteConnection[] = [];
  const connect = (): Promise<ByteConnection> => {
    const [near, far] = openingWire();
    expose(service, far);
    accepted.push(far);
    return Promise.resolve(near);
  };
  const client = new ReconnectingClient<Service>({ connect, baseDelay: 0, ...options });
  clients.push(client);
  return { client, service, accepted };
}

describe('a client that reconnects', () => {
  test('calls, reads, and passes errors on', async () => {
    const { client } = setUp();
    expect(await client.remote.add(2, 3)).toBe(5);
    expect(await (client.remote as unknown as { version: { major: Promise<number> } }).version.major).toBe(1);
    await expect(client.remote.fail()).rejects.toThrow(new RangeError('mine'));
    expect(await client.call((remote) => remote.add(1, 1))).toBe(2);
  });

  test('opens another connection when its own is lost', async () => {
    const losses: Error[] = [];
    const { client, accepted } = setUp({ onLost: (reason) => losses.push(reason) });
    await client.ready();
    for (let round = 1; round <= 3; round++) {
      accepted.at(-1)?.close(new Error(`round ${round}`));
      await accepted.at(-1)?.closed;
      expect(await client.remote.add(round, 1)).toBe(round + 1);
    }
    expect(losses.map(({ message }) => message.replace(/.*: /, ''))).toEqual(['round 1', 'round 2', 'round 3']);
  });

  test('rejects a call whose connection was lost, since it may have been carried out', async () => {
    const { client, service, accepted } = setUp();
    const call = expect(client.remote.hang()).rejects.toThrow(PeerGoneError);
    await service.called();
    accepted[0]?.close();
    await call;
    expect(service.calls).toBe(1);
  });

  test('makes a call again that is marked idempotent', async () => {
    const { client, service, accepted } = setUp({ idempotent: ['hang'] });
    const call = client.remote.hang();
    await service.called();
    accepted[0]?.close();
    await service.called();
    service.letGo();
    expect(await call).toBe('done');
    expect([service.calls, accepted.length]).toEqual([2, 2]);
  });

  test('does not do so for ever', async () => {
    const { client, service, accepted } = setUp({ idempotent: ['hang'], callAttempts: 3 });
    const call = expect(client.remote.hang()).rejects.toThrow(PeerGoneError);
    for (let round = 0; round < 3; round++) {
      await service.called();
      accepted.at(-1)?.close();
    }
    await call;
    expect(service.calls).toBe(3);
  });

  test('has calls wait for a connection, and for what is done with each new one', async () => {
    const subscribed = gate();
    const seen: string[] = [];
    const { client, accepted } = setUp({
      onConnected: async (remote) => {
        seen.push(`connected ${await remote.add(0, accepted.length)}`);
        await subscribed.opened;
      },
    });
    const call = client.remote.add(1, 1).then((sum) => seen.push(`called ${sum}`));
    expect(client.isConnected).toBe(false);
    subscribed.open();
    await call;
    accepted[0]?.close();
    await accepted[0]?.closed;
    await client.remote.add(1, 1);
    expect(seen).toEqual(['connected 1', 'called 2', 'connected 2']);
  });

  test('tries again when nobody is there or what is to be done first fails', async () => {
    let tries = 0;
    const { client } = setUp({
      onConnected: () => {
        if (++tries < 3) throw new Error('not yet');
      },
    });
    expect(await client.remote.add(1, 2)).toBe(3);
    expect(tries).toBe(3);
  });

  test('gives up after so many attempts, and begins anew with the next call', async () => {
    let open = false;
    let tries = 0;
    const { client: good, service } = setUp();
    await good.ready();
    const client = new ReconnectingClient<Service>({
      connect: () => {
        tries++;
        if (!open) return Promise.reject(new PeerGoneError('nobody there'));
        const [near, far] = openingWire();
        expose(service, far);
        return Promise.resolve(near);
      },
      attempts: 2,
      baseDelay: 0,
    });
    clients.push(client);
    await expect(client.remote.add(1, 1)).rejects.toThrow(RetriesExhaustedError);
    expect(tries).toBe(2);
    open = true;
    expect(await client.remote.add(1, 1)).toBe(2);
  });

  test('does not try again with a side that does not trust it', async () => {
    let tries = 0;
    const client = new ReconnectingClient<Service>({
      connect: () => {
        tries++;
        return Promise.reject(new ProtocolError('The other side does not know the secret'));
      },
    });
    clients.push(client);
    await expect(client.remote.add(1, 1)).rejects.toThrow(ProtocolError);
    expect(tries).toBe(1);
  });

  test('bounds a call by its timeout and its signal, the wait for a connection included', async () => {
    const client = new ReconnectingClient<Service>({ connect: () => new Promise(() => {}) });
    clients.push(client);
    await expect(client.call((remote) => remote.add(1, 1), { timeout: 5 })).rejects.toThrow(DeadlineExceededError);
    const controller = new AbortController();
    const call = expect(client.ready({ signal: controller.signal })).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await call;
  });

  test('once closed, rejects what waits, what is in flight and what comes', async () => {
    const { client, service } = setUp();
    const inFlight = expect(client.remote.hang()).rejects.toThrow(PeerGoneError);
    await service.called();
    client.close();
    await inFlight;
    await expect(client.remote.add(1, 1)).rejects.toThrow('The client was closed');
    const waiting = new ReconnectingClient<Service>({ connect: () => new Promise(() => {}) });
    const wait = expect(waiting.remote.add(1, 1)).rejects.toThrow('The client was closed');
    waiting.close();
    await wait;
  });

  test('says what to do instead of what cannot wait', async () => {
    const { client } = setUp();
    expect(() => ((client.remote as unknown as { calls: number }).calls = 5)).toThrow(/use call/);
    expect(() => new (client.remote as unknown as { Thing: new () => unknown }).Thing()).toThrow(/use call/);
    expect(await client.call((remote) => remote.add(1, 1))).toBe(2);
  });

  test.each<[string, unknown]>([
    ['connect', {}],
    ['attempts', { connect: () => {}, attempts: 0 }],
    ['callAttempts', { connect: () => {}, callAttempts: 'x' }],
    ['idempotent', { connect: () => {}, idempotent: 'all' }],
    ['onConnected', { connect: () => {}, onConnected: 1 }],
    ['onLost', { connect: () => {}, onLost: 1 }],
    ['options', undefined],
  ])('names what is wrong: %s', (name, options) => {
    expect(() => new ReconnectingClient(options as never)).toThrow(name);
  });
});

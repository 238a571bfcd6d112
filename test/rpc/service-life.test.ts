import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { LifecycleError, PeerGoneError, ProcessExitedError } from '../../src/errors.ts';
import { connect, connectService, type ServiceUnhealthyEvent, wrap } from 'reveille/rpc';
import type Prices from './_service.mjs';
import { holdCall, hosts, hostsApart, inState, rejection, service, started, statesOf } from './_services.ts';

/** For those whose time is over at once: what is left of it is for what cannot be had sooner. */
const SHORT = { timeout: 100 };

describe.each(hosts('thread'))('a service, %s,', (host) => {
  test('is restarted without harm to its clients: calls under way are answered, those that come wait', async () => {
    const prices = await started({ host });
    const other = prices.connect();
    const held = await holdCall(prices);
    const states = statesOf(prices);
    const restarts = Promise.all([prices.restart(), prices.restart()]);
    const late = Promise.all([prices.remote.quote('EUR'), other.remote.quote('USD')]);
    held.letGo();
    expect(await held.answer).toBe('let go');
    await restarts;
    expect(await late).toEqual(['EUR 1', 'USD 1']);
    expect([prices.runs, ...states]).toEqual([2, 'restarting', 'ready']);
    await other[Symbol.asyncDispose]();
  });

  test('is restarted although a call never ends, which then rejects', async () => {
    const prices = await started({ host });
    const held = await holdCall(prices);
    await prices.restart(SHORT);
    expect(await rejection(held.answer)).toBeInstanceOf(PeerGoneError);
    expect(await prices.remote.calls()).toBe(0);
  });

  test('that is not well is told of, and told of again once it is', async () => {
    const failures: number[] = [];
    const prices = service({
      ...{ host, health: { interval: 1 } },
      onUnhealthy: ({ failures: so }: ServiceUnhealthyEvent) => {
        failures.push(so);
        return 'report';
      },
    });
    await prices.start();
    const states = statesOf(prices);
    await prices.remote.fall(true);
    await inState(prices, 'unhealthy');
    expect((await rejection(prices.health())).message).toBe('ill');
    expect(await prices.remote.quote('EUR')).toBe('EUR 1');
    await prices.remote.fall(false);
    await inState(prices, 'ready');
    expect(states).toEqual(['unhealthy', 'ready']);
    expect(failures[0]).toBe(1);
    expect(prices.runs).toBe(1);
  });

  test('that is not well is restarted where that is asked for', async () => {
    const prices = service({ host, health: { interval: 1 }, onUnhealthy: () => 'restart' });
    await prices.start();
    const states = statesOf(prices);
    await prices.remote.fall(true);
    await inState(prices, 'restarting');
    await inState(prices, 'ready');
    expect(states.slice(0, 2)).toEqual(['unhealthy', 'restarting']);
    expect(prices.runs).toBeGreaterThanOrEqual(2);
  });

  test('has other clients, over sockets and through a door, that stay over all its runs', async () => {
    const prices = await started({ host, listen: { port: 0, secret: 'a secret of sixteen or more' } });
    const door = connectService<Prices>(prices.door());
    const { address } = prices;
    const socket = await connect({ ...address });
    expect(await Promise.all([door.remote.quote('EUR'), wrap<Prices>(socket).quote('USD')])).toEqual([
      'EUR 1',
      'USD 1',
    ]);
    await prices.restart();
    await socket.closed;
    expect(prices.address).toEqual(address);
    const again = await connect({ ...address });
    expect(await Promise.all([door.remote.quote('EUR'), wrap<Prices>(again).quote('USD')])).toEqual(['EUR 1', 'USD 1']);
    const stranger = await rejection(connect({ ...address, secret: 'another secret, also of sixteen' }));
    expect(stranger.message).toContain('secret');
    again.close();
    await door[Symbol.asyncDispose]();
  });
});

describe.each(hostsApart('thread'))('a service, %s, that ends unasked', (host) => {
  test('rejects what is under way, makes again what is idempotent, and goes on', async () => {
    const prices = await started({ host, idempotent: ['quote'] });
    const client = prices.connect({ idempotent: ['held'] });
    const lost = await holdCall(prices);
    const repeated = await holdCall(client);
    const ends: unknown[] = [];
    prices.addEventListener('statechange', ({ state, error }) => state === 'restarting' && ends.push(error));
    expect(await rejection(prices.remote.exit())).toBeInstanceOf(PeerGoneError);
    expect(await rejection(lost.answer)).toBeInstanceOf(PeerGoneError);
    expect(await prices.remote.quote('EUR')).toBe('EUR 1');
    repeated.letGo();
    expect(await repeated.answer).toBe('let go');
    expect(ends).toEqual([expect.any(host === 'process' ? ProcessExitedError : LifecycleError)]);
    expect((ends[0] as Error).message).toContain('exit code 3');
    await client[Symbol.asyncDispose]();
  });

  test('has failed once its restarts are used up, and can be started anew', async () => {
    const prices = await started({ host, restart: { limit: 1, baseDelay: 0 }, stdio: 'ignore' });
    const states = statesOf(prices);
    expect(await rejection(prices.remote.exit())).toBeInstanceOf(PeerGoneError);
    expect(await rejection(prices.remote.throwLater())).toBeInstanceOf(PeerGoneError);
    await inState(prices, 'failed');
    expect(states).toEqual(['restarting', 'ready', 'failed']);
    const error = await rejection(prices.remote.quote('EUR'));
    expect(error.message).toMatch(host === 'thread' ? 'nobody catches this' : /exit code 1|signal/);
    await prices.start();
    expect(await prices.remote.quote('EUR')).toBe('EUR 1');
  });

  test('stays down where no restart is wanted', async () => {
    const prices = await started({ host, restart: false });
    await rejection(prices.remote.exit());
    await inState(prices, 'failed');
    expect(prices.runs).toBe(1);
    expect(await prices.shutdown()).toMatchObject({ end: 'none', clean: true });
  });

  test('or that answers nothing any more is ended and started again', async () => {
    const prices = service({
      host,
      health: { interval: 1, timeout: 50 },
      restart: { baseDelay: 0, limit: 100 },
      onUnhealthy: () => 'restart',
    });
    await prices.start();
    const run = prices.runs;
    expect(await rejection(prices.remote.block())).toBeInstanceOf(PeerGoneError);
    await inState(prices, 'ready');
    expect(prices.runs).toBeGreaterThan(run);
  });
});

test.skipIf(process.platform === 'win32')('a service whose process is killed goes on in another', async () => {
  const prices = await started({ host: 'process', idempotent: ['quote'] });
  const before = prices.pid as number;
  process.kill(before, 'SIGKILL');
  await inState(prices, 'restarting');
  expect(await prices.remote.quote('EUR')).toBe('EUR 1');
  expect(prices.pid).not.toBe(before);
});

import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { LifecycleError, PeerGoneError, ServiceClosedError } from '../../src/errors.ts';
import { Lifecycle } from 'reveille';
import { isPortFree } from 'reveille/process';
import { connect, wrap } from 'reveille/rpc';
import { trackLeaks, waitForCondition } from 'reveille/testing';
import type Prices from './_service.mjs';
import { holdCall, hosts, hostsApart, inState, outcome, rejection, service, started, statesOf } from './_services.ts';

describe.each(hosts('process'))('the shutdown of a service, %s,', (host) => {
  test('answers what is under way, refuses what comes, frees the port, and leaves nothing', async () => {
    const leaks = trackLeaks({ grace: 10_000 });
    const prices = await started({ host, listen: { port: 0 } });
    const { port = 0 } = prices.address ?? {};
    const client = wrap<Prices>(await connect({ port }));
    const states = statesOf(prices);
    const held = await holdCall(prices);
    const shutdowns = Promise.all([prices.shutdown(), prices.shutdown({ timeout: 1 })]);
    const refused = rejection(prices.remote.quote('EUR'));
    expect(await rejection(prices.start())).toBeInstanceOf(LifecycleError);
    expect(await refused).toBeInstanceOf(ServiceClosedError);
    // Who is connected by itself is told so by the service.
    await waitForCondition(async () => (await outcome(client.quote('EUR'))) instanceof ServiceClosedError);
    held.letGo();
    expect(await held.answer).toBe('let go');
    const [report, same] = await shutdowns;
    expect(report).toBe(same);
    const end = host === 'inline' ? 'released' : 'exited';
    const released = `127.0.0.1:${port}`;
    expect(report).toMatchObject({
      name: 'prices',
      clean: true,
      cutOff: [],
      stop: 'stopped',
      end,
      released,
    });
    expect(report.drained).toBeGreaterThan(0);
    expect(await isPortFree(port)).toBe(true);
    expect(await rejection(prices.remote.quote('EUR'))).toBeInstanceOf(ServiceClosedError);
    expect(await rejection(connect({ port }))).toBeInstanceOf(PeerGoneError);
    expect(states).toEqual(['stopping', 'stopped']);
    await leaks.check();
  });

  test('can be followed by another start, at the same port', async () => {
    const prices = await started({ host, listen: { port: 0 } });
    const { address } = prices;
    await prices.shutdown();
    await prices.start();
    expect(await prices.remote.quote('EUR')).toBe('EUR 1');
    expect(prices.address).toEqual(address);
  });

  test('ends a restart that is under way', async () => {
    const prices = await started({ host });
    const held = await holdCall(prices);
    const restart = rejection(prices.restart());
    const shutdown = prices.shutdown();
    held.letGo();
    expect(await held.answer).toBe('let go');
    expect(await restart).toBeInstanceOf(ServiceClosedError);
    expect((await shutdown).end).not.toBe('stuck');
    expect([prices.runs, prices.state]).toEqual([1, 'stopped']);
  });

  test('comes with disposal, and of one that was never started is nothing', async () => {
    const prices = await started({ host });
    await prices[Symbol.asyncDispose]();
    expect(prices.state).toBe('stopped');
    expect(await service({ host }).shutdown()).toMatchObject({ clean: true, end: 'none', stop: 'none' });
  });

  test('is that of a resource of a lifecycle', async () => {
    const prices = service({ host });
    const app = new Lifecycle().add('prices', prices);
    await app.start();
    expect(await app.health()).toMatchObject({ healthy: true, resources: { prices: { value: { calls: 0 } } } });
    expect(await app.stop()).toMatchObject({ clean: true });
    expect(prices.state).toBe('stopped');
  });
});

describe.each(hostsApart('thread'))('the shutdown of a service, %s, that does not answer', (host) => {
  test('kills it when its time is over, and at once where that is asked for', async () => {
    const args = [{ stop: 'block' }];
    const [slow, hurried] = await Promise.all([started({ host, args }), started({ host, args })]);
    const held = await Promise.all([holdCall(slow), holdCall(hurried)]);
    const controller = new AbortController();
    const shutdowns = Promise.all([slow.shutdown({ timeout: 50 }), hurried.shutdown(controller.signal)]);
    controller.abort();
    for (const report of await shutdowns) expect(report).toMatchObject({ clean: false, stop: 'hung', end: 'killed' });
    for (const { answer } of held) expect(await rejection(answer)).toBeInstanceOf(PeerGoneError);
  });
});

test('the shutdown of a service cuts off a call that never ends, and names it', async () => {
  const reports = hosts('process').map(async (host) => {
    const prices = await started({ host });
    const held = await holdCall(prices);
    const report = await prices.shutdown({ timeout: 1_500 });
    expect(await rejection(held.answer)).toBeInstanceOf(PeerGoneError);
    held.letGo();
    return report;
  });
  for (const report of await Promise.all(reports)) {
    expect(report).toMatchObject({ clean: false, drained: 0, cutOff: [{ name: 'held' }], stop: 'stopped' });
  }
});

test('the shutdown of a service is bounded also if its stop hangs or throws, and tells', async () => {
  const reports = hosts('process').map(async (host) => {
    const services = [service({ host, args: [{ stop: 'hang' }] }), service({ host, args: [{ stop: 'throw' }] })];
    await Promise.all(services.map((each) => each.start()));
    return await Promise.all(services.map((each) => each.shutdown({ timeout: 3_000 })));
  });
  for (const [hung, failed] of await Promise.all(reports)) {
    expect(hung).toMatchObject({ clean: false, stop: 'hung' });
    expect(failed).toMatchObject({ clean: false, stop: 'failed', stopError: { message: 'cannot stop' } });
  }
});

test.skipIf(process.platform === 'win32')(
  'a service whose process is halted is known to be gone, and killed',
  async () => {
    const heartbeat = { interval: 200, timeout: 300 };
    const prices = await started({ host: 'process', listen: { port: 0, heartbeat } });
    expect(await prices.remote.quote('EUR')).toBe('EUR 1');
    process.kill(prices.pid as number, 'SIGSTOP');
    // The connection is half open: nobody says that nobody is there.
    expect((await rejection(prices.remote.quote('EUR'))).message).toContain('nothing was heard');
    expect(await prices.shutdown({ timeout: 50 })).toMatchObject({ end: 'killed' });
    await inState(prices, 'stopped');
  },
);

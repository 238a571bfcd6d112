import { describe, expect, test } from 'vitest';
import {
  DeadlineExceededError,
  LifecycleError,
  ModuleLoadError,
  NotReadyError,
  ServiceClosedError,
} from '../../src/errors.ts';
import { RpcService } from 'reveille/rpc';
import { hosts, MODULE, rejection, service, started, statesOf } from './_services.ts';

describe.each(hosts('process'))('a service, %s,', (host) => {
  test('is ready once it says so, and is called, watched and asked like any other', async () => {
    const prices = service({ host, args: [{ base: 7 }] });
    const states = statesOf(prices);
    // Before it is ready: it waits for that.
    const start = prices.start();
    const early = prices.remote.quote('EUR');
    await start;
    expect(await early).toBe('EUR 7');
    expect(states).toEqual(['starting', 'ready']);
    const items = [];
    for await (const item of await prices.remote.stream(5)) if (items.push(item) === 3) break;
    expect(items).toEqual([5, 6, 7]);
    expect(await prices.health()).toEqual({ calls: 1 });
    expect((await prices.remote.pid()) === process.pid).toBe(host !== 'process');
    expect(prices.pid === undefined).toBe(host !== 'process');
  });

  test('is started once, however often that is asked', async () => {
    const prices = service({ host });
    await Promise.all([prices.start(), prices.start()]);
    await prices.start();
    expect(prices.runs).toBe(1);
  });

  test('that throws in its start, or is not what it should be, says so and leaves nothing', async () => {
    const failing = [
      service({ host, args: [{ start: 'throw' }] }),
      service({ host, args: [{ construct: 'throw' }] }),
      service({ host, module: new URL('./no-such-module.mjs', MODULE) }),
      service({ host, export: 'noSuchExport' }),
      service({ host, export: 'nothing' }),
    ];
    const errors = await Promise.all(failing.map((each) => rejection(each.start())));
    for (const error of errors) expect(error).toBeInstanceOf(NotReadyError);
    expect(errors.map(({ cause }) => (cause as Error).message)).toEqual([
      'the exchange is closed',
      'no prices today',
      expect.stringContaining("the module of service 'prices'"),
      expect.stringContaining("exports default, made, nothing, plain, and no 'noSuchExport'"),
      "Expected service 'prices' to be an object, got number",
    ]);
    expect(errors[2]?.cause).toBeInstanceOf(ModuleLoadError);
    expect(failing.map(({ state }) => state)).toEqual(failing.map(() => 'failed'));
  });

  test('that is never ready is given up when its time is over, when asked, and when it is shut down', async () => {
    const late = rejection(service({ host, args: [{ start: 'hang' }], startTimeout: 1 }).start());
    const bounded = service({ host, args: [{ start: 'hang' }] });
    const impatient = rejection(bounded.start({ timeout: 1 }));
    const cancelled = service({ host, args: [{ start: 'hang' }] });
    const controller = new AbortController();
    const abandoned = rejection(cancelled.start(controller.signal));
    controller.abort(new Error('not any more'));
    const stopped = service({ host, args: [{ start: 'hang' }] });
    const closed = rejection(stopped.start());
    const report = await stopped.shutdown();
    expect(await late).toBeInstanceOf(NotReadyError);
    expect(await impatient).toBeInstanceOf(DeadlineExceededError);
    expect((await abandoned).message).toBe('not any more');
    expect(await closed).toBeInstanceOf(ServiceClosedError);
    expect(report).toMatchObject({ clean: true, end: 'none' });
    expect([bounded.state, cancelled.state, stopped.state]).toEqual(['stopped', 'stopped', 'stopped']);
  });

  test('takes an object, and what a function makes, as well as a class', async () => {
    const object = new RpcService<{ add(a: number, b: number): number }>({
      ...{ name: 'plain', host, module: MODULE, export: 'plain' },
    });
    const made = new RpcService<{ base(): number }>({
      ...{ name: 'made', host, module: MODULE, export: 'made', args: [4] },
    });
    await Promise.all([object.start(), made.start()]);
    expect([await object.remote.add(1, 2), await made.remote.base()]).toEqual([3, 4]);
    await Promise.all([object.shutdown(), made.shutdown()]);
  });

  test('has hooks that no client can call', async () => {
    const prices = await started({ host });
    for (const hook of ['start', 'stop', 'health'] as const) {
      const call = (prices.remote as unknown as Record<string, () => Promise<unknown>>)[hook]?.();
      expect((await rejection(call as Promise<unknown>)).message).toContain('for the service itself');
    }
  });

  test('takes no calls before its start, and cannot be restarted then', async () => {
    const prices = service({ host });
    expect(await rejection(prices.remote.quote('EUR'))).toBeInstanceOf(ServiceClosedError);
    expect(await rejection(prices.restart())).toBeInstanceOf(LifecycleError);
    expect(await rejection(prices.health())).toBeInstanceOf(ServiceClosedError);
  });
});

test.each<[string, object]>([
  ['name', { name: '' }],
  ['host', { host: 'cloud' }],
  ['module', { module: undefined }],
  ['module', { service: {} }],
  ['thread', { module: undefined, service: {}, host: 'thread' }],
  ['args', { args: {} }],
  ['export', { export: 1 }],
  ['startTimeout', { startTimeout: -1 }],
  ['stopTimeout', { stopTimeout: 'long' }],
  ['health.interval', { health: { interval: 0 } }],
  ['onUnhealthy', { onUnhealthy: 'restart' }],
  ['limit', { restart: { limit: 0 } }],
  ['listen', { listen: 5 }],
  ["'port' and 'path'", { listen: {} }],
  ['secret', { listen: { port: 0, secret: 'short' } }],
  ['expose.allow', { expose: { allow: () => true }, host: 'thread' }],
  ['stdio', { stdio: 'file' }],
  ['diesWithParent', { diesWithParent: 1 }],
  ['listen', { diesWithParent: false, host: 'process' }],
])('an option that is wrong is named: %s', (name, options) => {
  expect(() => new RpcService({ name: 'prices', module: MODULE, host: 'inline', ...options })).toThrow(name);
});

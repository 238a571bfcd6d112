/** With the built package: what leaks must be the engine's own. */
import { createServer } from 'node:http';
import { createPool, Lifecycle, ManualResetEvent, Poller, Semaphore, TaskGroup } from 'reveille';
import { expectNoLeaks, trackLeaks } from 'reveille/testing';
import { describe, expect, test } from 'vitest';

const tasks = new URL('../cli/_tasks.mjs', import.meta.url);
const impatient = { grace: 0 };

describe('expectNoLeaks', () => {
  test('holds of a pool that was closed, and gives what the code returns', async () => {
    const result = await expectNoLeaks(async () => {
      const pool = createPool(tasks, { threads: 2 });
      await pool.ready();
      await pool.close();
      return 'done';
    });
    expect(result).toBe('done');
  });

  test('tells of a pool that was not closed, with its threads and its memory', async () => {
    const pool = createPool(tasks, { threads: 2 });
    await using _ = { [Symbol.asyncDispose]: () => pool.destroy().then(() => {}) };
    const tracker = trackLeaks(impatient);
    const other = createPool(tasks, { threads: 2 });
    await other.ready();
    const message = await tracker.check().catch((error: Error) => error.message);
    expect(message).toMatch(
      /^Left behind after 0 ms:\n {2}1 pool: reveille, open, \d tasks run, \d wait\n {2}2 threads: /,
    );
    expect(message).toMatch(/1 block: a pool's region, \d+ bytes/);
    await other.destroy();
    await tracker.check();
  });

  test('tells of a wait, its deadline and the memory of what is waited for', async () => {
    const tracker = trackLeaks({ grace: 0, ignore: ['Timeout'] });
    const event = new ManualResetEvent();
    const wait = event.wait({ timeout: 60_000 });
    expect(tracker.leaks()).toEqual([
      { kind: 'wait', what: 'keeping the process alive', count: 1 },
      { kind: 'deadline', what: 'neither over nor cancelled', count: 1 },
      { kind: 'block', what: 'manualResetEvent, 64 bytes', count: 1 },
    ]);
    event.set();
    await wait;
    expect(() => tracker[Symbol.dispose]()).toThrow(/^Left behind at the end:\n {2}1 block: manualResetEvent/);
    event[Symbol.dispose]();
    tracker[Symbol.dispose]();
  });

  test('tells by name of what goes on: pollers, lifecycles and their resources, tasks', async () => {
    const tracker = trackLeaks({ grace: 0, ignore: ['Timeout'] });
    const poller = new Poller(() => {}, { name: 'mail', interval: 60_000, immediate: false }).start();
    const app = new Lifecycle({ name: 'app' }).add('db', { start: () => {}, stop: () => {} });
    await app.start();
    const group = new TaskGroup({ name: 'imports' });
    const never = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    void group.spawn('users', never).catch(() => {});
    const named = tracker.leaks().filter(({ kind }) => kind !== 'deadline' && kind !== 'wait' && kind !== 'block');
    expect(named.map(({ kind, what }) => `${kind} ${what.split(',')[0]}`).sort()).toEqual([
      'lifecycle app',
      'poller mail',
      'resource app/db',
      'task imports/users',
    ]);
    await poller.stop();
    await app.stop();
    await group.shutdown();
    await tracker.check();
  });

  test('waits for what ends a little later', async () => {
    await expectNoLeaks(() => {
      const semaphore = new Semaphore(0);
      void semaphore.acquire({ timeout: 5 }).catch(() => semaphore[Symbol.dispose]());
    });
  });

  test.skipIf('Deno' in globalThis || 'Bun' in globalThis)(
    'tells of a server that still listens, on Node',
    async () => {
      const server = createServer();
      const listen = (): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      await expect(expectNoLeaks(listen, impatient)).rejects.toThrow(/1 resource: TCP\w*Wrap/);
      await expectNoLeaks(() => void server.close());
    },
  );

  test('rejects with the error of the code rather than with what that left', async () => {
    await expect(expectNoLeaks(() => Promise.reject(new RangeError('mine')))).rejects.toThrow('mine');
  });

  test('without code, looks at all that the engine holds', async () => {
    await expectNoLeaks();
  });

  test('refuses what is no function, and options that are none', async () => {
    await expect(expectNoLeaks(1 as never)).rejects.toThrow(/'body' to be a function/);
    expect(() => trackLeaks({ grace: -1 })).toThrow(/'grace' to be 0 or more/);
    expect(() => trackLeaks({ ignore: 'Timeout' as never })).toThrow(/'ignore' to be an array/);
  });
});

import { describe, expect, test } from 'vitest';
import { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { Resource } from '../../src/lifecycle/resource.ts';
import type { StateChangeEvent } from '../../src/lifecycle/state-change-event.ts';
import { microtasks, observe } from '../signal/_settled.ts';
import { withFakeTime } from '../signal/_with-fake-time.ts';
import '../support/install-runtime.ts';

const forEver = (): Promise<never> => new Promise(() => {});
const settle = (): Promise<void> => microtasks(60);

/** A resource that starts and stops when told, and notes it. */
class Stage implements Resource {
  readonly log: string[];
  readonly name: string;
  #open: Array<() => void> = [];
  #isOpen: boolean;
  startSignal: AbortSignal | undefined;
  stopSignal: AbortSignal | undefined;

  constructor(name: string, log: string[], isOpen = true) {
    this.name = name;
    this.log = log;
    this.#isOpen = isOpen;
  }
  /** Lets what it is at go on, and all that follows. */
  open(): void {
    this.#isOpen = true;
    for (const open of this.#open.splice(0)) open();
  }
  async start(signal: AbortSignal): Promise<void> {
    this.startSignal = signal;
    this.log.push(`start ${this.name}`);
    await this.#passed();
    this.log.push(`${this.name} up`);
  }
  async stop(signal: AbortSignal): Promise<void> {
    this.stopSignal = signal;
    this.log.push(`stop ${this.name}`);
    await this.#passed();
    this.log.push(`${this.name} down`);
  }
  async #passed(): Promise<void> {
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#open.push(resolve));
  }
}

describe('Lifecycle', () => {
  test('starts what others need first, independent branches side by side, and stops in reverse', async () => {
    const log: string[] = [];
    const [server, database, cache] = [
      new Stage('server', log),
      new Stage('database', log, false),
      new Stage('cache', log, false),
    ];
    const app = new Lifecycle()
      .add('server', server, { after: ['database', 'cache'] })
      .add('database', database)
      .add('cache', cache);
    expect([app.state, app.states()]).toEqual(['new', { server: 'new', database: 'new', cache: 'new' }]);
    const started = app.start();
    await settle();
    expect(log).toEqual(['start database', 'start cache']);
    cache.open();
    await settle();
    expect(app.states()).toEqual({ server: 'new', database: 'starting', cache: 'running' });
    database.open();
    await started;
    expect([app.state, log.slice(2)]).toEqual(['running', ['cache up', 'database up', 'start server', 'server up']]);
    log.length = 0;
    const report = await app.stop();
    expect(log.slice(0, 2)).toEqual(['stop server', 'server down']);
    expect(log.slice(2, 4).sort()).toEqual(['stop cache', 'stop database']);
    expect(report).toMatchObject({ clean: true });
    expect(report.resources.map(({ name, outcome }) => `${name} ${outcome}`).sort()).toEqual([
      'cache stopped',
      'database stopped',
      'server stopped',
    ]);
    expect([app.state, Object.values(app.states())]).toEqual(['stopped', ['stopped', 'stopped', 'stopped']]);
  });

  test('shares one start and one stop among all who ask, and does neither twice', async () => {
    const log: string[] = [];
    const app = new Lifecycle().add('a', new Stage('a', log));
    await Promise.all([app.start(), app.start()]);
    await app.start();
    const [first, second] = await Promise.all([app.stop(), app.stop()]);
    expect(second).toBe(first);
    expect(await app.stop()).toBe(first);
    expect(log).toEqual(['start a', 'a up', 'stop a', 'a down']);
  });

  test('may be started again after a stop', async () => {
    const log: string[] = [];
    const app = new Lifecycle().add('a', new Stage('a', log));
    for (let i = 0; i < 2; i++) {
      await app.start();
      await app.stop();
    }
    expect(log).toEqual(['start a', 'a up', 'stop a', 'a down', 'start a', 'a up', 'stop a', 'a down']);
    expect((await new Lifecycle().stop()).resources).toEqual([]);
  });

  test('undoes a start that fails, in reverse, and tells what failed', async () => {
    const log: string[] = [];
    const failure = new Error('port in use');
    const slow = new Stage('slow', log, false);
    const app = new Lifecycle({ name: 'app' })
      .add('database', new Stage('database', log))
      .add('server', { start: () => Promise.reject(failure), stop: forEver }, { after: ['database'] })
      .add('slow', slow)
      .add('never', new Stage('never', log), { after: ['server'] });
    const started = observe(app.start());
    await settle();
    // The one that is still on its way is told, and waited for.
    expect([started.state, slow.startSignal?.aborted]).toEqual(['pending', true]);
    slow.open();
    await settle();
    expect(started).toMatchObject({ state: 'rejected', error: { code: 'ERR_LIFECYCLE', cause: failure } });
    expect((started.error as Error).message).toBe("Cannot start 'server': Error: port in use");
    expect(log).toEqual([
      'start database',
      'start slow',
      'database up',
      'stop database',
      'database down',
      'slow up',
      'stop slow',
      'slow down',
    ]);
    expect([app.state, app.states()]).toEqual([
      'failed',
      { database: 'stopped', server: 'failed', slow: 'stopped', never: 'new' },
    ]);
  });

  test('a failure does not fire the signal that a resource was started with once it runs', async () => {
    const log: string[] = [];
    const up = new Stage('up', log);
    const app = new Lifecycle()
      .add('up', up)
      .add('bad', { start: () => Promise.reject(new Error('no')), stop: forEver }, { after: ['up'] });
    await expect(app.start()).rejects.toThrow(/Cannot start 'bad'/);
    expect(up.startSignal?.aborted).toBe(false);
  });

  test('stop during a start ends the start, and stops what came up', async () => {
    const log: string[] = [];
    const slow = new Stage('slow', log, false);
    const app = new Lifecycle({ name: 'app' })
      .add('quick', new Stage('quick', log))
      .add('slow', slow, { after: ['quick'] });
    app.add('later', new Stage('later', log), { after: ['slow'] });
    const started = observe(app.start());
    await settle();
    const stopped = app.stop();
    expect([app.state, slow.startSignal?.aborted]).toEqual(['stopping', true]);
    await expect(app.start()).rejects.toThrow(/Cannot start app while it stops/);
    slow.open();
    const report = await stopped;
    await settle();
    expect(started).toMatchObject({
      state: 'rejected',
      error: { code: 'ERR_LIFECYCLE', message: 'app was stopped while it started' },
    });
    expect(report.resources.map(({ name }) => name)).toEqual(['slow', 'quick']);
    expect(log).toEqual([
      'start quick',
      'quick up',
      'start slow',
      'slow up',
      'stop slow',
      'slow down',
      'stop quick',
      'quick down',
    ]);
    expect(app.state).toBe('stopped');
  });

  test('a start ends at its timeout, or when its signal fires', async () => {
    await withFakeTime(async (time) => {
      const controller = new AbortController();
      const obedient = (): Resource => ({
        start: (signal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
        stop: forEver,
      });
      const app = new Lifecycle({ name: 'app' }).add('a', obedient());
      const started = observe(app.start({ timeout: 250 }));
      await settle();
      time.advanceTo(250);
      await settle();
      expect(started).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError' } });
      expect([app.state, app.states()]).toEqual(['stopped', { a: 'stopped' }]);
      const again = observe(app.start({ signal: controller.signal }));
      const reason = new Error('changed my mind');
      controller.abort(reason);
      await settle();
      expect(again).toEqual({ state: 'rejected', error: reason });
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('one that hangs or throws does not keep the rest from stopping, within the time of all', async () => {
    await withFakeTime(async (time) => {
      const log: string[] = [];
      const bottom = new Stage('bottom', log);
      let told: unknown;
      const hangs: Resource = {
        start: () => {},
        stop: (signal) => new Promise(() => signal.addEventListener('abort', () => (told = signal.reason))),
      };
      const failure = new Error('cannot');
      const app = new Lifecycle()
        .add('bottom', bottom)
        .add('hangs', hangs, { after: ['bottom'] })
        .add('throws', { start: () => {}, stop: () => Promise.reject(failure) }, { after: ['hangs'] });
      await app.start();
      const stopped = observe(app.stop({ timeout: 900 }));
      await settle();
      // Two are left in the chain, so the one that hangs gets a half; the one that threw used nothing of its third.
      time.advanceTo(449);
      await settle();
      expect([log.includes('stop bottom'), told]).toEqual([false, undefined]);
      time.advanceTo(450);
      await settle();
      expect(told).toMatchObject({ name: 'TimeoutError' });
      expect(stopped.value).toEqual({
        ms: 450,
        clean: false,
        resources: [
          { name: 'throws', outcome: 'failed', ms: 0, error: failure },
          { name: 'hangs', outcome: 'hung', ms: 450, error: told },
          { name: 'bottom', outcome: 'stopped', ms: 0 },
        ],
      });
      expect([app.state, app.states()]).toEqual(['failed', { bottom: 'stopped', hangs: 'failed', throws: 'failed' }]);
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('a stop takes no longer than its timeout, however many hang', async () => {
    await withFakeTime(async (time) => {
      const app = new Lifecycle();
      for (let i = 0; i < 4; i++)
        app.add(`r${i}`, { start: () => {}, stop: forEver }, { after: i === 0 ? [] : [`r${i - 1}`] });
      await app.start();
      const stopped = observe(app.stop({ timeout: 400 }));
      for (const at of [100, 200, 300, 400]) {
        await settle();
        expect(stopped.state).toBe('pending');
        time.advanceTo(at);
      }
      await settle();
      expect(stopped.value?.ms).toBe(400);
      expect(stopped.value?.resources.map(({ name, outcome, ms }) => [name, outcome, ms])).toEqual(
        ['r3', 'r2', 'r1', 'r0'].map((name) => [name, 'hung', 100]),
      );
    });
  });

  test('what comes up after its time was up is stopped all the same', async () => {
    await withFakeTime(async (time) => {
      const log: string[] = [];
      const deaf = new Stage('deaf', log, false);
      const app = new Lifecycle().add('deaf', deaf);
      void app.start().catch(() => {});
      await settle();
      const stopped = observe(app.stop({ timeout: 100 }));
      await settle();
      time.advanceTo(100);
      await settle();
      expect(stopped.value).toMatchObject({ clean: false, resources: [{ name: 'deaf', outcome: 'hung' }] });
      deaf.open();
      await settle();
      expect(log).toEqual(['start deaf', 'deaf up', 'stop deaf', 'deaf down']);
      expect(deaf.stopSignal?.aborted).toBe(true);
    });
  });

  test('names a cycle, an unknown name and a name that is taken, before anything is started', async () => {
    const log: string[] = [];
    const stage = new Stage('any', log);
    const app = new Lifecycle({ name: 'app' }).add('a', stage, { after: ['b'] }).add('b', stage, { after: ['c'] });
    expect(() => app.add('c', stage, { after: ['a'] })).toThrow(
      /Cannot add 'c' to app: c -> a -> b -> c wait for each other/,
    );
    expect(() => app.add('d', stage, { after: ['d'] })).toThrow(/d -> d/);
    expect(() => app.add('a', stage)).toThrow(/twice/);
    await expect(app.start()).rejects.toThrow(
      /Cannot start app: 'b' comes after 'c', which was never added; there are a, b/,
    );
    expect([log, app.state]).toEqual([[], 'new']);
    await app.add('c', stage).start();
    expect(() => app.add('late', stage)).toThrow(/it is running/);
  });

  test('refuses wrong arguments, naming them', async () => {
    const app = new Lifecycle();
    expect(() => app.add(1 as never, new Stage('a', []))).toThrow(/'name' to be a string/);
    expect(() => app.add('a', { start: 1 } as never)).toThrow(/resource 'a' to be an object with start and stop/);
    expect(() => app.add('a', undefined as never)).toThrow(TypeError);
    expect(() => app.add('a', new Stage('a', []), { after: 'b' as never })).toThrow(/'after' to be a list/);
    expect(() => new Lifecycle({ stopTimeout: -1 })).toThrow(RangeError);
    await expect(app.stop({ timeout: -1 })).rejects.toThrow(RangeError);
    await expect(app.start({ timeout: 'x' as never })).rejects.toThrow(TypeError);
  });

  test('tells listeners of every change, of its own and of its resources', async () => {
    const app = new Lifecycle().add('a', new Stage('a', []));
    const changes: string[] = [];
    app.addEventListener('statechange', ({ resource, previous, state }: StateChangeEvent) =>
      changes.push(`${resource ?? 'all'}: ${previous} -> ${state}`),
    );
    await app.start();
    await app.stop();
    expect(changes).toEqual([
      'all: new -> starting',
      'a: new -> starting',
      'a: starting -> running',
      'all: starting -> running',
      'all: running -> stopping',
      'a: running -> stopping',
      'a: stopping -> stopped',
      'all: stopping -> stopped',
    ]);
  });

  test('tells how its resources are, and does not wait for one that does not answer', async () => {
    await withFakeTime(async (time) => {
      const complaint = new Error('disk full');
      const part = (health?: () => unknown): Resource => ({
        start: () => {},
        stop: () => {},
        ...(health && { health }),
      });
      const app = new Lifecycle()
        .add('silent', part())
        .add(
          'well',
          part(() => ({ connections: 3 })),
        )
        .add(
          'ill',
          part(() => Promise.reject(complaint)),
        )
        .add(
          'unwell',
          part(() => false),
        )
        .add('mute', part(forEver));
      expect(await app.health()).toMatchObject({
        state: 'new',
        healthy: false,
        resources: { well: { state: 'new', healthy: false } },
      });
      await app.start();
      const asked = observe(app.health({ timeout: 100 }));
      await settle();
      time.advanceTo(100);
      await settle();
      expect(asked.value).toMatchObject({
        state: 'running',
        healthy: false,
        resources: {
          silent: { state: 'running', healthy: true },
          well: { healthy: true, value: { connections: 3 } },
          ill: { healthy: false, error: complaint },
          unwell: { healthy: false, value: false },
          mute: { healthy: false, error: { name: 'TimeoutError' } },
        },
      });
    });
  });

  test('disposing stops it, and throws what did not stop', async () => {
    const log: string[] = [];
    const app = new Lifecycle().add('a', new Stage('a', log));
    await app.start();
    await app[Symbol.asyncDispose]();
    expect(app.state).toBe('stopped');
    const bad = new Lifecycle({ name: 'app' }).add('a', {
      start: () => {},
      stop: () => Promise.reject(new Error('no')),
    });
    await bad.start();
    await expect(bad[Symbol.asyncDispose]()).rejects.toThrow(
      /app did not stop as it should: 'a' failed to stop: Error: no/,
    );
  });

  test('sets no timer while it runs', async () => {
    await withFakeTime(async (time) => {
      const app = new Lifecycle().add('a', new Stage('a', []));
      await app.start({ timeout: 1_000 });
      expect(time.pendingTimers).toBe(0);
    });
  });
});

/** The threads of a pool: how many, when they come and go, and what they are given. */
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { now, type ThreadExitEvent, type ThreadStartEvent } from 'reveille';
import { nextEvent, openPool, openPoolOn, RUNTIME } from './_pool.ts';

type Environment = typeof import('./modules/environment.mjs');

describe('the number of threads', () => {
  test('is the parallelism of the machine unless told otherwise', async () => {
    const { pool } = openPool({ threads: undefined as unknown as number });
    await pool.ready();
    expect(pool.stats().threads).toBe(availableParallelism());
  });

  test('is what was asked for', async () => {
    const { pool } = openPool({ threads: 3 });
    await pool.ready();
    expect(pool.stats().threads).toBe(3);
  });

  test('starts at min', async () => {
    const { pool } = openPool({ threads: { min: 1, max: 4 } });
    await pool.ready();
    expect(pool.stats().threads).toBe(1);
  });

  test('may start at none: the first task starts one', async () => {
    const { pool } = openPool({ threads: { min: 0, max: 2 } });
    await pool.ready();
    expect(pool.stats().threads).toBe(0);
    expect(await pool.run('addOne', [1])).toBe(2);
    expect(pool.stats().threads).toBe(1);
  });

  test('grows to max while tasks wait, and no further', async () => {
    const { pool, gates } = openPool({ threads: { min: 1, max: 3 } });
    const held = Array.from({ length: 5 }, () => pool.run('hold', [0]));
    await gates.arrived(0, 3);
    expect(pool.stats()).toMatchObject({ threads: 3, running: 3, queued: 2 });
    gates.open(0);
    expect(new Set(await Promise.all(held)).size).toBe(3);
  });

  test('grows for a task that comes while all threads are busy', async () => {
    const { pool, gates } = openPool({ threads: { min: 1, max: 2 } });
    const first = pool.run('hold', [0]);
    await gates.arrived(0);
    expect(await pool.run('visit', [1])).toBe(1);
    gates.open(0);
    await first;
  });

  test('grows for what is submitted in one burst with a task that blocks', async () => {
    const { pool, gates } = openPool({ threads: { min: 1, max: 2 } });
    await pool.ready();
    for (let round = 0; round < 20; round++) {
      const blocking = pool.run('hold', [round]);
      await pool.run('visit', [40]);
      gates.open(round);
      await blocking;
    }
    expect(gates.arrivals(40)).toBe(20);
  });

  test('falls back to min when there has been nothing to do for idleTimeout', async () => {
    const { pool, gates } = openPool({ threads: { min: 1, max: 3 }, idleTimeout: 10 });
    const exits: ThreadExitEvent[] = [];
    const bothGone = nextEvent<'threadexit', ThreadExitEvent>(pool, 'threadexit', (event) => exits.push(event) === 2);
    const held = Array.from({ length: 3 }, () => pool.run('hold', [0]));
    await gates.arrived(0, 3);
    gates.open(0);
    await Promise.all(held);
    await bothGone;
    expect(pool.stats().threads).toBe(1);
    expect(exits.map(({ end, exitCode }) => ({ end, exitCode }))).toEqual([
      { end: 'exited', exitCode: 0 },
      { end: 'exited', exitCode: 0 },
    ]);
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('falls to none with min: 0, and grows again', async () => {
    const { pool } = openPool({ threads: { min: 0, max: 1 }, idleTimeout: 5 });
    for (let round = 0; round < 3; round++) {
      const gone = nextEvent(pool, 'threadexit');
      expect(await pool.run('addOne', [round])).toBe(round + 1);
      await gone;
      expect(pool.stats().threads).toBe(0);
    }
  });

  test('does not fall while every thread has work', async () => {
    const { pool, gates } = openPool({ threads: { min: 0, max: 2 }, idleTimeout: 0 });
    const held = [pool.run('hold', [0]), pool.run('hold', [0])];
    await gates.arrived(0, 2);
    expect(pool.stats().threads).toBe(2);
    gates.open(0);
    await Promise.all(held);
  });
});

describe('a thread', () => {
  test('knows its index', async () => {
    const { pool, gates } = openPool({ threads: 3 });
    const held = Array.from({ length: 3 }, () => pool.run('hold', [0]));
    await gates.arrived(0, 3);
    gates.open(0);
    expect((await Promise.all(held)).sort()).toEqual([0, 1, 2]);
  });

  test('starts and ends are told of in events', async () => {
    const { pool } = openPool({ threads: 2 });
    const started: ThreadStartEvent[] = [];
    const exited: ThreadExitEvent[] = [];
    pool.addEventListener('threadstart', (event) => started.push(event));
    pool.addEventListener('threadexit', (event) => exited.push(event));
    await pool.ready();
    await pool.close();
    expect(started.map(({ threadIndex }) => threadIndex).sort()).toEqual([0, 1]);
    expect(exited.map(({ threadIndex, end, exitCode }) => [threadIndex, end, exitCode]).sort()).toEqual([
      [0, 'exited', 0],
      [1, 'exited', 0],
    ]);
  });

  test('that replaces another tells how long it took to start, not how long the pool has lived', async () => {
    const { pool, gates } = openPool();
    await pool.ready();
    await pool.run('exitOnceOpen', [0]);
    const diedAfter = performance.now();
    const restarted = nextEvent<'threadstart', ThreadStartEvent>(pool, 'threadstart');
    gates.open(0);
    const { ms } = await restarted;
    expect(ms).toBeLessThanOrEqual(performance.now() - diedAfter);
    expect(ms).toBeGreaterThan(0);
  });

  test('gets its index and its place back when it replaces one that died', async () => {
    const { pool } = openPool({ threads: 2 });
    await pool.ready();
    for (let death = 0; death < 4; death++) {
      const restarted = nextEvent<'threadstart', ThreadStartEvent>(pool, 'threadstart');
      await pool.run('exit', [1]).catch(() => {});
      expect((await restarted).threadIndex).toBeLessThan(2);
    }
  });
});

describe('threads are given', () => {
  test('workerData, shared memory shared', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const workerData = { words, text: 'hello', map: new Map([[1, 2]]) };
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { workerData });
    const data = (await pool.run('data', [])) as { words: Int32Array; text: string; map: Map<number, number> };
    expect(data.text).toBe('hello');
    expect(data.map.get(1)).toBe(2);
    Atomics.store(words, 0, 5);
    expect(data.words[0]).toBe(5);
  });

  test('nothing of the engine as workerData when there is none', async () => {
    const pool = openPoolOn<Environment>('./modules/environment.mjs');
    expect((await pool.run('data', [])) ?? undefined).toBeUndefined();
  });

  test('an environment of their own', async () => {
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { env: { REVEILLE_TEST: 'set' } });
    expect(await pool.run('variable', ['REVEILLE_TEST'])).toBe('set');
    await pool.run('setVariable', ['REVEILLE_TEST_LEAK', 'leaked']);
    expect(process.env.REVEILLE_TEST_LEAK).toBeUndefined();
  });

  test('a copy of the environment by default', async () => {
    process.env.REVEILLE_TEST_COPY = 'copied';
    const pool = openPoolOn<Environment>('./modules/environment.mjs');
    expect(await pool.run('variable', ['REVEILLE_TEST_COPY'])).toBe('copied');
    delete process.env.REVEILLE_TEST_COPY;
  });

  test('argv', async () => {
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { argv: ['--colour', 'red'] });
    expect(await pool.run('argumentsGiven', [])).toEqual(['--colour', 'red']);
  });

  test('execArgv', async () => {
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { execArgv: ['--no-warnings'] });
    expect(await pool.run('execArguments', [])).toEqual(['--no-warnings']);
  });

  test.runIf(RUNTIME === 'node')('the name of the pool and their index as their name', async () => {
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { name: 'resizer' });
    // Node tells a thread its name from version 22 on.
    expect([undefined, 'resizer-0']).toContain(await pool.run('threadName', []));
  });

  test.runIf(RUNTIME === 'node')('resource limits', async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 96 };
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { resourceLimits });
    expect(await pool.run('limits', [])).toMatchObject({ maxOldGenerationSizeMb: 96 });
  });

  test.runIf(RUNTIME === 'bun')('a small heap', async () => {
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { smol: true });
    expect(await pool.run('data', [])).toBeFalsy();
  });

  // Deno writes past the streams of a worker.
  test.runIf(RUNTIME !== 'deno')('streams for their output with stdio: pipe', async () => {
    const pool = openPoolOn<Environment>('./modules/environment.mjs', { stdio: 'pipe' });
    const started = nextEvent<'threadstart', ThreadStartEvent>(pool, 'threadstart');
    const { stdout, stderr } = await started;
    const output = [text(stdout as NodeJS.ReadableStream), text(stderr as NodeJS.ReadableStream)];
    await pool.run('print', ['to the output', 'to the errors']);
    await pool.close();
    expect(await Promise.all(output)).toEqual(['to the output\n', 'to the errors\n']);
  });
});

test('a thread that started while its pool was busy comes to agree on the time', async () => {
  const { pool, gates } = openPool({ threads: 1 });
  const visit = pool.run('visit', [0]);
  // The thread starts meanwhile, and nobody answers its questions.
  gates.arrivedSync(0);
  await visit;
  const isBehind = async (): Promise<boolean> => {
    const before = now();
    // By message, so that both event loops get their turns.
    const buffer = new ArrayBuffer(8);
    return (await pool.run('sharedNow', [buffer], { transfer: [buffer] })) < before - 1;
  };
  // One task that takes long does not show that its thread's clock is behind.
  let agreed = 0;
  for (let tries = 0; tries < 2_000 && agreed < 20; tries++) agreed = (await isBehind()) ? 0 : agreed + 1;
  expect(agreed).toBe(20);
});

/** When a pool keeps its process alive, and when it does not. Each script runs in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RUNTIME } from './_pool.ts';

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs one of the scripts on the runtime that runs the tests. */
function run(script: string, ...args: string[]): Promise<Ended> {
  const file = fileURLToPath(new URL(`./scripts/${script}`, import.meta.url));
  const flags = RUNTIME === 'deno' ? ['run', '-A'] : [];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Without the test runner's own settings.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.stderr.on('data', (data) => (errors += String(data)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}

describe('a process', () => {
  test('ends by itself while its pool is idle', async () => {
    expect(await run('lifetime.mjs', 'idle')).toEqual({ code: 0, output: 'done 3\n', errors: '' });
  });

  test('ends by itself when its pool was never used', async () => {
    expect(await run('lifetime.mjs', 'unused')).toEqual({ code: 0, output: 'made\n', errors: '' });
  });

  test('lives as long as a task is out that somebody waits for', async () => {
    expect(await run('lifetime.mjs', 'pending')).toEqual({ code: 0, output: 'waiting\nanswered 3\n', errors: '' });
  });

  test('lives as long as tasks are out that were submitted before the threads were ready', async () => {
    expect(await run('lifetime.mjs', 'burst')).toEqual({ code: 0, output: 'sum 4950\n', errors: '' });
  });

  test('lives as long as an asynchronous task is out that only waits for shared memory', async () => {
    const ended = await run('lifetime.mjs', 'asynchronous');
    expect(ended).toEqual({ code: 0, output: 'released\nanswered 0\n', errors: '' });
  });

  test('lives until ready() has settled', async () => {
    expect(await run('lifetime.mjs', 'ready')).toEqual({ code: 0, output: 'ready\n', errors: '' });
  });

  test('lives until ready() has failed', async () => {
    expect(await run('lifetime.mjs', 'not-ready')).toEqual({ code: 0, output: 'ERR_MODULE_LOAD\n', errors: '' });
  });

  test('lives until close() has settled', async () => {
    expect(await run('lifetime.mjs', 'close')).toEqual({ code: 0, output: 'closed true\n', errors: '' });
  });

  test('lives until a timeout has fired', async () => {
    expect(await run('lifetime.mjs', 'timeout')).toEqual({ code: 0, output: 'ERR_DEADLINE_EXCEEDED\n', errors: '' });
  });

  test('ends by itself while a task runs on that nobody waits for any longer', async () => {
    expect(await run('lifetime.mjs', 'abandoned')).toEqual({ code: 0, output: 'AbortError\n', errors: '' });
  });

  test('lives while a crashed thread is replaced for what is queued', async () => {
    expect(await run('lifetime.mjs', 'crash')).toEqual({ code: 0, output: 'ERR_THREAD_CRASHED 3\n', errors: '' });
  });

  test('fails as usual when nobody handles the rejection of a task', async () => {
    const { code, errors } = await run('lifetime.mjs', 'unhandled');
    expect(code).not.toBe(0);
    expect(errors).toMatch(/Cannot do that/);
  });

  test('ends by itself when a signal that may fire later is still attached', async () => {
    expect(await run('lifetime.mjs', 'signal')).toEqual({ code: 0, output: 'done 3\n', errors: '' });
  });

  test('prints what its threads have printed, once the pool is closed', async () => {
    const { code, output } = await run('lifetime.mjs', 'print');
    expect({ code, lines: output.split('\n').sort() }).toEqual({ code: 0, lines: ['', 'from the thread'] });
  });

  // Deno writes past the streams of a worker.
  test.runIf(RUNTIME !== 'deno')("prints nothing of what its threads print with stdio: 'ignore'", async () => {
    expect(await run('lifetime.mjs', 'ignore')).toEqual({ code: 0, output: 'done\n', errors: '' });
  });
});

describe('a TypeScript module', () => {
  test('runs where the runtime reads TypeScript, and is refused with advice where it does not', async () => {
    const { code, output, errors } = await run('typescript.mjs');
    const reads = RUNTIME !== 'node' || Boolean((process.features as { typescript?: unknown }).typescript);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    if (reads) expect(output).toBe('42\n');
    else expect(output).toMatch(/^ERR_MODULE_LOAD .*typed\.ts.*Node 20.*(compile|loader)/);
  });
});

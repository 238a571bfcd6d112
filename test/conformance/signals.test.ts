/** What a program does when its process is told to end. Each runs in a process of its own. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { RUNTIME } from './_pool.ts';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

/** Runs a program and answers each line that it prints with the signal that is named for it, if any. */
function run(program: string, answers: Readonly<Record<string, NodeJS.Signals>>): Promise<Ended & { errors: string }> {
  const file = fileURLToPath(new URL('./scripts/signals.mjs', import.meta.url));
  const flags = RUNTIME === 'deno' ? ['run', '-A'] : [];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, file, program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' },
    });
    let output = '';
    let errors = '';
    let answered = 0;
    child.stdout.on('data', (data) => {
      output += String(data);
      const lines = output.split('\n').slice(0, -1);
      for (const line of lines.slice(answered)) {
        answered++;
        // Deno's `child.kill` sends one signal only, and takes that for what the process ended by.
        const answer = answers[line];
        if (answer !== undefined) process.kill(child.pid as number, answer);
      }
    });
    child.stderr.on('data', (data) => (errors += String(data)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, lines: output.trimEnd().split('\n'), errors });
    });
  });
}

/** Windows ends a process that gets a signal from another. */
const onPosix = test.skipIf(process.platform === 'win32').concurrent;

onPosix.each([
  [
    'stops its lifecycle at the first signal, and ends by itself',
    'lifecycle',
    { ready: 'SIGTERM' },
    0,
    ['ready', 'database down'],
  ],
  ['is ended when a resource does not stop in time', 'hung', { ready: 'SIGTERM' }, 143, ['ready']],
  ['calls its handler with the signal', 'handler', { ready: 'SIGINT' }, 0, ['ready', 'asked by SIGINT']],
  ['is ended when its handler takes too long', 'late', { ready: 'SIGINT' }, 130, ['ready', 'late']],
  ['is ended by the second signal', 'twice', { ready: 'SIGTERM', asked: 'SIGINT' }, 130, ['ready', 'asked']],
  [
    'may say itself how its end is forced',
    'force',
    { ready: 'SIGINT', asked: 'SIGTERM' },
    7,
    ['ready', 'asked', 'forced by SIGTERM'],
  ],
  ['ends by itself when only listeners for signals are left', 'idle', {}, 0, ['ready']],
] as const)('a process %s', async (_, program, answers, code, lines) => {
  expect(await run(program, answers)).toEqual({ code, signal: null, lines, errors: '' });
});

onPosix('a process fails as usual when its handler does', async ({ expect }) => {
  const { code, errors } = await run('fails', { ready: 'SIGINT' });
  expect(code).not.toBe(0);
  expect(errors).toMatch(/Cannot stop/);
});

onPosix('listeners that were taken back leave nothing: the signal does what it always does', async ({ expect }) => {
  const { code, signal, lines } = await run('disposed', { ready: 'SIGTERM' });
  expect(lines).toEqual(['0,0 listeners left', 'ready']);
  expect([code, signal]).toEqual([null, 'SIGTERM']);
});

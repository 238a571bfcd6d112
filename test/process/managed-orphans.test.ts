import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import '../support/install-runtime.ts';
import { waitForCondition } from '../../src/testing/wait-for-condition.ts';
import { waitForExit } from '../../src/testing/wait-for-exit.ts';
import { isRunning, numbersAfter, runtimeArguments } from './_shell.ts';

/** Generous: what is tested is that they end, on a machine with more to do. */
const timeout = 20_000;

/** Starts a program that manages processes, and resolves once it has said which. */
async function parent(program: string, members: number): Promise<{ program: ChildProcess; pids: number[] }> {
  const script = fileURLToPath(new URL('./_parent.mjs', import.meta.url));
  const child = spawn(process.execPath, [...runtimeArguments(), script, program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const pids = await new Promise<number[]>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`The program ended; it said: ${text}`)));
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const said = numbersAfter('member', text);
      if (said.length === members && /^on$/m.test(text)) resolve(said);
    });
  });
  return { program: child, pids };
}

async function gone(pids: readonly number[]): Promise<void> {
  await Promise.all(pids.map((pid) => waitForExit(pid, { timeout })));
}

describe('managed processes end with the one that manages them', () => {
  test('when it is killed', async () => {
    const { program, pids } = await parent('family', 2);
    expect(pids.map(isRunning)).toEqual([true, true]);
    program.kill('SIGKILL');
    await gone(pids);
  });

  test('when it exits, and when it dies of an error', async () => {
    const programs = await Promise.all([parent('exits', 2), parent('throws', 2)]);
    await gone(programs.flatMap(({ pids }) => pids));
  });

  test('when it is killed and they manage processes themselves', async () => {
    const { program, pids } = await parent('nested', 3);
    program.kill('SIGKILL');
    await gone(pids);
  });

  // Deno keeps what a thread had open until the process ends.
  test.skipIf('Deno' in globalThis)('when it is a thread that is ended', async () => {
    const { program, pids } = await parent('thread', 2);
    await gone(pids);
    expect(isRunning(program.pid ?? 0)).toBe(true);
  });

  test.runIf(process.platform === 'linux')('though somebody has killed their guardian', async () => {
    const { program, pids } = await parent('family', 2);
    const first = await guardianOf(program);
    expect(isRunning(first)).toBe(true);
    process.kill(first, 'SIGKILL');
    const second = await guardianOf(program, first);
    program.kill('SIGKILL');
    await gone([...pids, second]);
  });
});

/**
 * Its child that waits for its end, whichever of its threads has started it; another one than `former`. The system's
 * list may miss some of them while threads come and go, so it is looked at again.
 */
function guardianOf({ pid = 0 }: ChildProcess, former = 0): Promise<number> {
  return waitForCondition(() => guardiansOf(pid).find((each) => each !== former), { timeout });
}

function guardiansOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  const children = readdirSync(tasks).flatMap((task) => textOf(`${tasks}/${task}/children`).split(' '));
  return children.filter((child) => textOf(`/proc/${child}/cmdline`).includes('reveille-guardian')).map(Number);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended since.
    return '';
  }
}

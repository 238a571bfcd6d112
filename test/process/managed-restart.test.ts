import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ProcessExitedError, TaskCancelledError } from '../../src/errors.ts';
import type { ManagedProcess, ProcessStateEvent } from '../../src/process.ts';
import { failureOf, HOLD, shell, statesOf } from './_shell.ts';

const soon = { baseDelay: 1, jitter: 'none' as const };

/** A shell's condition: whether this is the run of that number, or a later one. */
function isRun(number: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return `echo >> '${folder}/runs'; [ $(wc -l < '${folder}/runs') -ge ${number} ]`;
}

/** The next change to that state. */
function change(child: ManagedProcess, wanted: string): Promise<ProcessStateEvent> {
  return new Promise((resolve) => {
    child.addEventListener('statechange', (event) => {
      if (event.state === wanted) resolve(event);
    });
  });
}

describe('a process that is started again when it fails', () => {
  test('becomes ready in the end, and says what happened', async () => {
    const child = shell(`${isRun(3)} || exit 6; echo on; ${HOLD}`, { ready: { line: /^on$/ }, restart: soon });
    const restarts: unknown[] = [];
    child.addEventListener('statechange', ({ state, run, exit, delay, error }) => {
      if (state === 'restarting') restarts.push([run, exit?.code, delay, error instanceof ProcessExitedError]);
    });
    await child.ready;
    expect(restarts).toEqual([
      [1, 6, 1, true],
      [2, 6, 2, true],
    ]);
    expect([child.state, child.restarts]).toEqual(['ready', 2]);
  });

  test('is ready anew after a crash, not by what it wrote before', async () => {
    const child = shell(`${isRun(2)} && read go; echo on; ${HOLD}`, {
      ...{ ready: { line: /^on$/ }, restart: soon, stdio: { stdin: 'pipe' as const } },
    });
    await child.ready;
    const { pid: first = 0 } = child;
    const again = change(child, 'starting');
    process.kill(first, 'SIGKILL');
    await again;
    expect(child.pid).not.toBe(first);
    const ready = child.ready;
    const order: string[] = [];
    void ready.then(() => order.push('ready'));
    order.push('go');
    child.stdin?.write('\n');
    await ready;
    expect([order, child.stdout.tail]).toEqual([['go', 'ready'], 'on\non\n']);
  });

  test('is given up when it has failed too often', async () => {
    const child = shell('echo "bad configuration"; exit 2', { ready: 'ipc', restart: { ...soon, limit: 2 } });
    const states = statesOf(child);
    const error = await failureOf(child.ready);
    expect(error).toMatchObject({ name: 'ProcessExitedError', exitCode: 2 });
    expect(await child.exited).toMatchObject({ code: 2 });
    const turn = ['stopping', 'restarting', 'starting'];
    expect(states).toEqual([...turn, ...turn, 'stopping', 'exited']);
    expect(child.restarts).toBe(2);
  });

  test('is started again if it was not ready in time', async () => {
    const ready = { line: /^on$/ };
    const child = shell(`${isRun(2)} && echo on; ${HOLD}`, { ready, readyTimeout: 150, restart: soon });
    await child.ready;
    expect(child.restarts).toBeGreaterThanOrEqual(1);
  });

  test('is left alone after a good end, unless it must always run', async () => {
    const once = shell('exit 0', { restart: soon });
    const always = shell(`${isRun(3)} && ${HOLD}; exit 0`, { restart: { ...soon, when: 'always' } });
    expect(await once.exited).toMatchObject({ code: 0 });
    expect(once.restarts).toBe(0);
    let { restarts } = always;
    while (restarts < 2) {
      await change(always, 'starting');
      ({ restarts } = always);
    }
    await always.ready;
    expect(always.state).toBe('ready');
  });

  test('stays down when it is terminated while it waits for its restart', async () => {
    const child = shell('exit 1', { ready: 'ipc', restart: { baseDelay: 1_000_000, maxDelay: 1_000_000 } });
    await change(child, 'restarting');
    const states = statesOf(child);
    expect(await child.terminate()).toMatchObject({ code: 1 });
    expect(await failureOf(child.ready)).toBeInstanceOf(TaskCancelledError);
    expect(states).toEqual(['exited']);
  });

  test('stays down when it is terminated by one who hears of the restart', async () => {
    const child = shell('exit 1', { restart: { baseDelay: 1_000_000, maxDelay: 1_000_000 } });
    child.addEventListener('statechange', ({ state }) => {
      if (state === 'restarting') void child.terminate();
    });
    expect(await child.exited).toMatchObject({ code: 1 });
  });

  test('stays down when it is terminated while it runs', async () => {
    const child = shell(HOLD, { restart: { ...soon, when: 'always' } });
    await child.ready;
    expect(await child.terminate()).toMatchObject({ signal: 'SIGTERM' });
    expect([child.state, child.restarts]).toEqual(['exited', 0]);
  });
});

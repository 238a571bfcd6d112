import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import '../support/install-runtime.ts';
import { NotReadyError } from '../../src/errors.ts';
import type { FallbackReport } from '../../src/testing/condition-options.ts';
import type { Running } from '../../src/testing/running-thing.ts';
import { waitForAlive, waitForExit } from '../../src/testing/wait-for-exit.ts';

/** Only events count: there is no last look when the time is over. */
const byEvents = { interval: false, timeout: Infinity } as const;

/** A process that runs until its input ends, and then exits with 3. */
function reader(): ChildProcess {
  const child = spawn('sh', ['-c', 'cat; exit 3'], { stdio: ['pipe', 'ignore', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

function thread(code: string): Worker {
  return new Worker(code, { eval: true });
}

describe('a child process', () => {
  test('is alive until it ends, and tells how', async () => {
    const child = reader();
    await waitForAlive(child, byEvents);
    const exit = waitForExit(child, byEvents);
    child.stdin?.end();
    expect(await exit).toEqual({ code: 3, signal: null });
    expect(await waitForExit(child, { timeout: 0 })).toEqual({ code: 3, signal: null });
    await expect(waitForAlive(child)).rejects.toThrow(NotReadyError);
  });

  test('that was killed tells the signal', async () => {
    const child = reader();
    await waitForAlive(child);
    child.kill('SIGKILL');
    expect(await waitForExit(child, byEvents)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('is known by its number, too; nobody tells of its end', async () => {
    const child = reader();
    const pid = child.pid as number;
    const reports: FallbackReport[] = [];
    await waitForAlive(pid);
    const exit = waitForExit(pid, { onFallback: (report) => void reports.push(report) });
    child.stdin?.end();
    expect(await exit).toEqual({ code: undefined, signal: undefined });
    expect(reports.map(({ by }) => by)).toEqual(['polling']);
  });

  test('that does not end is waited for no longer than told', async () => {
    await expect(waitForExit(process.pid, { timeout: 5 })).rejects.toThrow(
      /waitForExit: process \d+ to end did not succeed within 5 ms/,
    );
  });
});

describe('a thread', () => {
  test('is alive until it ends, and tells how', async () => {
    const worker = thread("require('node:worker_threads').parentPort.once('message', () => process.exit(7))");
    await waitForAlive(worker, byEvents);
    const exit = waitForExit(worker, byEvents);
    worker.postMessage('end');
    expect(await exit).toEqual({ code: 7, signal: null });
  });

  test('is no longer listened to afterwards', async () => {
    const worker = thread('');
    const before = worker.listenerCount('exit');
    await waitForExit(worker, byEvents);
    expect([worker.listenerCount('exit'), worker.listenerCount('message')]).toEqual([before, 0]);
  });
});

test("what has a promise for its end, as other platforms' processes do, is waited for by it", async () => {
  expect(await waitForExit({ exited: Promise.resolve(2) }, byEvents)).toMatchObject({ code: 2 });
  const status = Promise.resolve({ success: false, code: 1, signal: 'SIGTERM' });
  expect(await waitForExit({ status }, byEvents)).toEqual({ code: 1, signal: 'SIGTERM' });
});

test.each([[{}], ['1'], [null]])('%o is refused', async (target) => {
  await expect(waitForExit(target as Running)).rejects.toThrow(/Expected a child process, a worker thread/);
});

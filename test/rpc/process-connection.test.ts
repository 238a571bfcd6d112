import { type ChildProcess, execFileSync, type SerializationType } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, test } from 'vitest';
import { DeadlineExceededError, PeerGoneError } from '../../src/errors.ts';
import { connectChild, connectParent } from '../../src/rpc/process-connection.ts';
import { gone, startChild } from './_child.ts';
import { ended, messages } from './_wire.ts';

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await gone(child);
  }
});

function start(mode: string, serialization: SerializationType = 'json', more: readonly string[] = []): ChildProcess {
  const child = startChild('_echoing-process.ts', serialization, [mode, ...more]);
  children.push(child);
  return child;
}

describe('the channel to a child process', () => {
  test.each<SerializationType>(['json', 'advanced'])(
    'carries messages with serialization %s',
    async (serialization) => {
      const connection = await connectChild(start('ipc', serialization));
      const sent = [{ text: 'é', when: new Date(5) }, new Map([[1, new Uint8Array([1, 2, 3])]]), undefined, 2n ** 70n];
      const received = messages(connection, sent.length);
      for (const message of sent) connection.send(message);
      expect(await received).toEqual(sent);
      await connection[Symbol.asyncDispose]();
    },
  );

  test('is lost when the child ends by itself, and says whose it was', async () => {
    const child = start('die');
    const connection = await connectChild(child);
    connection.send('the end');
    expect((await ended(connection)).message).toContain(`process ${child.pid}`);
  });

  test.skipIf(process.platform === 'win32')('that is cut with a message unread leaves no child behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reveille-channel-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const child = start('tell', 'json', [fifo]);
    const next = new Promise((resolve) => {
      child.on('message', (message) => message === 'blocked next' && resolve(message));
    });
    await connectChild(child);
    await next;
    readFileSync(fifo);
    child.disconnect();
    rmSync(folder, { recursive: true });
    await gone(child);
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  });

  test('is not waited for longer than the child lives, than the timeout, or than the signal allows', async () => {
    const child = start('tcp');
    await expect(connectChild(child, { timeout: 5 })).rejects.toThrow(DeadlineExceededError);
    const reason = new Error('not any more');
    await expect(connectChild(child, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const never = connectChild(child);
    child.kill('SIGKILL');
    await expect(never).rejects.toThrow(PeerGoneError);
    await gone(child);
    await expect(connectChild(child)).rejects.toThrow(PeerGoneError);
  });

  test('leaves the messages of others alone, and no listener behind', async () => {
    const child = start('tcp');
    const port = new Promise<unknown>((resolve) => child.once('message', resolve));
    const before = child.listenerCount('message') - 1;
    const controller = new AbortController();
    const refused = expect(connectChild(child, { signal: controller.signal })).rejects.toThrow('seen');
    expect(await port).toMatchObject({ port: expect.any(Number) as number });
    controller.abort(new Error('seen'));
    await refused;
    expect(child.listenerCount('message')).toBe(before);
  });

  test('a process without a channel is refused', async () => {
    await expect(connectChild({} as ChildProcess)).rejects.toThrow(/Expected a child process with an IPC channel/);
    await expect(connectChild(undefined as never)).rejects.toThrow(TypeError);
    await expect(connectParent({ timeout: -1 })).rejects.toThrow();
  });
});

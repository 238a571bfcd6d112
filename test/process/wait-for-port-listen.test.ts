import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { DeadlineExceededError, NotReadyError } from '../../src/errors.ts';
import { waitForPortListen } from '../../src/process/wait-for-port-listen.ts';
import { countListeners } from '../pacing/_virtual-time.ts';
import { listen, unusedPort } from './_listening.ts';

const forEver = new Promise<never>(() => {});

describe('waitForPortListen', () => {
  test('resolves at once when somebody listens', async () => {
    const { port } = await listen('::1');
    await waitForPortListen(port, { timeout: 0, exited: forEver });
  });

  test('resolves when somebody comes to listen', async () => {
    const port = await unusedPort();
    const wait = waitForPortListen(port, { timeout: 30_000 });
    await listen('127.0.0.1', port);
    await wait;
  });

  test('fails at once when the process that was to listen has ended', async () => {
    const port = await unusedPort();
    let exit!: (code: number) => void;
    const wait = waitForPortListen(port, { exited: new Promise<number>((resolve) => (exit = resolve)) });
    exit(1);
    await expect(wait).rejects.toThrow(NotReadyError);
    await expect(wait).rejects.toThrow(/process that was to listen has ended/);
    const cause = new Error('killed');
    await expect(waitForPortListen(port, { exited: Promise.reject(cause) })).rejects.toMatchObject({ cause });
  });

  test('does not take the server of somebody else for that of a process that has ended', async () => {
    const { port } = await listen();
    await expect(waitForPortListen(port, { exited: Promise.resolve() })).rejects.toThrow(NotReadyError);
  });

  test('says why it could not connect when it takes too long', async () => {
    const port = await unusedPort();
    const wait = waitForPortListen(port, { host: '127.0.0.1', timeout: 20 });
    await expect(wait).rejects.toThrow(DeadlineExceededError);
    await expect(wait).rejects.toThrow(/^Port \d+ of 127\.0\.0\.1 does not accept connections after 20 ms: it /);
    await expect(waitForPortListen(port, { timeout: 0 })).rejects.toThrow(
      `Port ${port} does not accept connections: it refused the connection`,
    );
  });

  test('ends at once with the reason of its signal', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const wait = waitForPortListen(await unusedPort(), { signal: controller.signal });
    controller.abort('enough');
    await expect(wait).rejects.toBe('enough');
    expect(listeners()).toBe(0);
  });
});

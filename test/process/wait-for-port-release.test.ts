import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { testRuntime } from '../support/install-runtime.ts';
import { DeadlineExceededError, PortInUseError, ReveilleError } from '../../src/errors.ts';
import { waitForPortRelease } from '../../src/process/wait-for-port-release.ts';
import { countListeners } from '../pacing/_virtual-time.ts';
import { observe } from '../signal/_settled.ts';
import { listen, listeningProcess, unusedPort } from './_listening.ts';

describe('waitForPortRelease', () => {
  test('resolves at once for a port that is free', async () => {
    await waitForPortRelease(await unusedPort(), { timeout: 0 });
  });

  test('resolves once the server has closed, with the port to be had', async () => {
    const { port, close } = await listen();
    const wait = waitForPortRelease(port);
    await close();
    await wait;
    await listen(undefined, port);
  });

  test('resolves though the server keeps the connection that it is watched by', async () => {
    const { server, port } = await listen();
    const wait = waitForPortRelease(port);
    server.close();
    await wait;
  });

  test('resolves though the server hangs up on whoever connects', async () => {
    const { port, close } = await listen(undefined, 0, (socket) => socket.destroy());
    const wait = waitForPortRelease(port);
    await close();
    await wait;
  });

  test.each([true, false])('resolves when a process that is killed is gone (told of its exit: %s)', async (isTold) => {
    const { child, port, exited } = await listeningProcess();
    const wait = waitForPortRelease(port, isTold ? { exited } : {});
    child.kill('SIGKILL');
    await wait;
    await listen(undefined, port);
  });

  test('many can wait for one port', async () => {
    const { port, close } = await listen();
    const waits = Array.from({ length: 10 }, () => waitForPortRelease(port));
    await close();
    await Promise.all(waits);
  });

  test('says who has the port when it takes too long', async () => {
    const { child, port } = await listeningProcess();
    const error: unknown = await waitForPortRelease(port, { timeout: 150 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PortInUseError);
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(error).toBeInstanceOf(ReveilleError);
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_PORT_IN_USE', port });
    const { message, owner } = error as PortInUseError;
    expect(message).toMatch(new RegExp(`^Port ${port} still in use.* after 150 ms$`));
    if (process.platform !== 'linux') return;
    expect(owner?.pid).toBe(child.pid);
    expect(owner?.command).toContain('_listener.mjs');
    expect(message).toContain(`by pid ${child.pid} (`);
  });

  test('with a timeout of 0, says at once that it is in use', async () => {
    const { port } = await listen();
    await expect(waitForPortRelease(port, { timeout: 0 })).rejects.toThrow(new RegExp(`^Port ${port} in use`));
  });

  test('ends at once with the reason of its signal, and leaves nothing behind', async () => {
    const { server, port } = await listen();
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const connected = new Promise((resolve) => server.once('connection', resolve));
    const wait = waitForPortRelease(port, { signal: controller.signal });
    const outcome = observe(wait);
    await connected;
    expect(outcome.state).toBe('pending');
    controller.abort('enough');
    await expect(wait).rejects.toBe('enough');
    expect(listeners()).toBe(0);
    await expect(waitForPortRelease(port, controller)).rejects.toBe('enough');
    // The connection that watched has ended: the server can close without hanging up on anybody.
    await new Promise((resolve) => server.close(resolve));
  });

  test('is never early', async () => {
    const { port } = await listen();
    const started = testRuntime.now();
    await expect(waitForPortRelease(port, { timeout: 20 })).rejects.toThrow(DeadlineExceededError);
    expect(testRuntime.now() - started).toBeGreaterThanOrEqual(20);
  });

  test('refuses what is no promise of an exit', async () => {
    await expect(waitForPortRelease(80, { exited: 5 as never })).rejects.toThrow("option 'exited' to be a promise");
  });
});

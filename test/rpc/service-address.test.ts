import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PortInUseError } from '../../src/errors.ts';
import { waitForPortRelease } from 'reveille/process';
import { connect, expose, listen, type RpcServiceOptions, type StaleServiceEvent, wrap } from 'reveille/rpc';
import { waitForExit } from 'reveille/testing';
import { unusedPort } from '../process/_listening.ts';
import { isRunning } from '../process/_shell.ts';
import { CERTIFICATE as cert, PRIVATE_KEY as key } from './_certificate.ts';
import { type Host, hosts, isFull, MODULE, rejection, service, started } from './_services.ts';

/** Somebody else's server, in this process. */
async function stranger(where: { readonly port: number } | { readonly path: string }): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen({ ...where, ...('port' in where ? { host: '127.0.0.1' } : {}) });
  await once(server, 'listening');
  onTestFinished(() => new Promise<void>((done) => server.close(() => done())));
  return server;
}

function socketPath(): string {
  return join(tmpdir(), `reveille-${randomUUID()}.sock`);
}

describe.each(hosts('process'))('a service, %s,', (host) => {
  test('leaves a stranger at its port or path alone, and says who it is', async () => {
    const [port, path] = [await unusedPort(), socketPath()];
    const servers = [await stranger({ port }), await stranger({ path })];
    const errors = await Promise.all(
      [{ port }, { path }].map((where) => rejection(service({ host, listen: where }).start())),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(PortInUseError);
      if (process.platform === 'linux') expect(error.message).toContain(`by pid ${process.pid}`);
    }
    expect(errors[0]?.message).toContain(`Port ${port}`);
    expect(servers.map(({ listening }) => listening)).toEqual([true, true]);
  });

  test('leaves one that speaks its protocol alone, another service among them', async () => {
    const port = await unusedPort();
    const first = await started({ host, listen: { port } });
    const second = service({ host, listen: { port } });
    expect(await rejection(second.start())).toBeInstanceOf(PortInUseError);
    expect(await first.remote.quote('EUR')).toBe('EUR 1');
    await first.shutdown();
    await second.start();
    await second.shutdown();
    const server = await listen({ port, onConnection: (connection) => expose({ quote: () => 'mine' }, connection) });
    expect(await rejection(second.start())).toBeInstanceOf(PortInUseError);
    const connection = await connect({ port });
    expect(await wrap<{ quote(): string }>(connection).quote()).toBe('mine');
    await server.close();
  });

  test('has a path, in place of a socket file that somebody has left, and takes it away', async () => {
    const path = socketPath();
    await leaveSocketFile(path);
    const prices = await started({ host, listen: { path } });
    const connection = await connect({ ...prices.address });
    expect(await wrap<{ quote(symbol: string): string }>(connection).quote('EUR')).toBe('EUR 1');
    expect(await prices.shutdown()).toMatchObject({ clean: true, released: path });
    expect(existsSync(path)).toBe(false);
  });
});

test('a service that is reached over TLS', async () => {
  const prices = await started({ host: 'process', listen: { port: 0, tls: { cert, key } } });
  expect(await prices.remote.quote('EUR')).toBe('EUR 1');
  await expect(connect({ port: prices.address?.port })).rejects.toThrow();
});

describe.skipIf(process.platform === 'win32')('a service whose program is killed', () => {
  test('is gone with it, and its port is free', async () => {
    const port = await unusedPort();
    const { program, pid } = await owner({ host: 'process', listen: { port } });
    program.kill('SIGKILL');
    await waitForExit(pid, { timeout: 20_000 });
    await waitForPortRelease(port, { timeout: 20_000 });
  });

  test.each(['port', 'path'] as const)('but stays, is ended by the next one of its name at its %s', async (kind) => {
    const where = kind === 'port' ? { port: await unusedPort() } : { path: socketPath() };
    const { program, pid } = await owner({ host: 'process', listen: where, diesWithParent: false });
    onTestFinished(() => killIfThere(pid));
    const prices = service({ host: 'process', listen: where });
    const ended: StaleServiceEvent[] = [];
    prices.addEventListener('staleended', (event) => ended.push(event));
    // While its program runs, it is in use.
    expect((await rejection(prices.start())).message).toContain('of a program that still runs');
    program.kill('SIGKILL');
    await once(program, 'exit');
    // To somebody of another name it is a stranger.
    const other = rejection(service({ host: 'process', name: 'rates', listen: where }).start());
    expect(await other).toBeInstanceOf(PortInUseError);
    await startOnceOrphaned(prices);
    expect(ended).toMatchObject([{ pid, killed: false }]);
    expect(await prices.remote.quote('EUR')).toBe('EUR 1');
    await waitForExit(pid, { timeout: 20_000 });
  });

  // Each waits for seconds: for an end that is asked for, and for an answer.
  test.runIf(isFull)('but stays and does not end when it is asked, is killed', async () => {
    const listen = { port: await unusedPort() };
    const { program, pid } = await owner({ host: 'process', listen, diesWithParent: false, args: [{ stop: 'block' }] });
    onTestFinished(() => killIfThere(pid));
    program.kill('SIGKILL');
    const prices = service({ host: 'process', listen });
    const ended: StaleServiceEvent[] = [];
    prices.addEventListener('staleended', (event) => ended.push(event));
    await startOnceOrphaned(prices);
    expect(ended).toMatchObject([{ pid, killed: true }]);
  });

  test.runIf(isFull)('but stays and proves nothing, is a stranger', async () => {
    const listen = { port: await unusedPort() };
    const { program, pid } = await owner({ host: 'process', listen, diesWithParent: false });
    onTestFinished(() => killIfThere(pid));
    process.kill(pid, 'SIGSTOP');
    program.kill('SIGKILL');
    const error = await rejection(service({ host: 'process', listen }).start());
    expect(error).toBeInstanceOf(PortInUseError);
    expect(error.message).toContain('does not prove');
    expect(isRunning(pid)).toBe(true);
  });
});

/** The end of its program is news that reaches it in its own time. */
async function startOnceOrphaned(prices: ReturnType<typeof service>): Promise<void> {
  for (;;) {
    try {
      return await prices.start();
    } catch (error) {
      if (!(error as Error).message.includes('still runs')) throw error;
    }
  }
}

async function owner(options: Partial<RpcServiceOptions> & { readonly host: Host }): Promise<{
  program: ChildProcess;
  pid: number;
}> {
  const script = fileURLToPath(new URL('./_service-owner.mjs', import.meta.url));
  const flags = 'Deno' in globalThis ? ['run', '-A', '--no-prompt'] : [];
  const all = JSON.stringify({ name: 'prices', module: MODULE.href, ...options });
  const program = spawn(process.execPath, [...flags, script, all], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void program.kill('SIGKILL'));
  const [text] = (await once(program.stdout, 'data')) as [Uint8Array];
  return { program, pid: (JSON.parse(text.toString()) as { pid: number }).pid };
}

/** As a process that is killed while it listens leaves it. */
async function leaveSocketFile(path: string): Promise<void> {
  const listening = '() => process.kill(process.pid, 9)';
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, ${listening})`;
  const flags = 'Deno' in globalThis ? ['eval', '--ext=cjs'] : ['-e'];
  await once(spawn(process.execPath, [...flags, script], { stdio: 'ignore' }), 'exit');
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import '../../support/install-runtime.ts';
import { parseTarget } from '../../../src/cli/wait/parse-target.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';
import { onVirtualClock } from '../../pacing/_virtual-time.ts';
import { observe } from '../../signal/_settled.ts';
import { listen, unusedPort } from '../../process/_listening.ts';

/** What a target lacks when it is looked at once; undefined if it is there. */
const lacks = (text: string): Promise<string | undefined> => parseTarget(text).wait({ timeout: 0 });
const arrives = (text: string): Promise<string | undefined> => parseTarget(text).wait({});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'reveille-wait-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe('tcp', () => {
  test.each(['127.0.0.1', '::1'])('is there when somebody listens at %s', async (host) => {
    const port = await unusedPort();
    const forms = [
      `tcp:${port}`,
      `tcp:localhost:${port}`,
      host === '::1' ? `tcp:[::1]:${port}` : `tcp:${host}:${port}`,
    ];
    expect(await Promise.all(forms.map(lacks))).toEqual(Array(3).fill('refused the connection'));
    const waits = forms.map(arrives);
    await listen(host, port);
    await Promise.all(waits);
  });

  test('says that a host has no address', async () => {
    expect(await lacks('tcp:no-such-host.invalid:80')).toMatch(/^has a host name without an address/);
  });
});

test('tcp-free is there when nobody listens, and says who does', async () => {
  const { port, close } = await listen();
  const said = await lacks(`tcp-free:${port}`);
  expect(said).toMatch(/^is in use/);
  if (process.platform === 'linux') expect(said).toContain(`by pid ${process.pid} (`);
  const wait = arrives(`tcp-free:${port}`);
  await close();
  await wait;
});

test('http is there when the answer is good, also after a redirect', async () => {
  let status = 503;
  const server = createServer((request, response) => {
    if (request.url === '/old') response.writeHead(302, { location: '/' }).end();
    else response.writeHead(status, { connection: 'close' }).end('x');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await lacks(url)).toBe('answered with status 503');
  const wait = arrives(`${url}/old`);
  status = 204;
  await wait;
  expect(await lacks(`http://127.0.0.1:${await unusedPort()}/`)).toBe('refused the connection');
});

describe('file and gone', () => {
  test('see a file come, in folders that are not there yet, and go', async () => {
    const top = folder();
    const path = join(top, 'a/b/ready');
    expect(await lacks(`file:${path}`)).toBe('is not there');
    const made = arrives(`file:${path}`);
    mkdirSync(join(top, 'a/b'), { recursive: true });
    writeFileSync(path, '');
    await made;
    expect(await lacks(`gone:${path}`)).toBe('is still there');
    const moved = arrives(`gone:${path}`);
    renameSync(join(top, 'a'), join(top, 'c'));
    await moved;
  });

  test('miss nothing that happens while they begin to watch', async () => {
    const top = folder();
    const waits = Array.from({ length: 20 }, (_, i) => {
      const path = join(top, `${i}`, 'ready');
      const before = arrives(`file:${path}`);
      mkdirSync(join(top, `${i}`));
      const between = arrives(`file:${path}`);
      writeFileSync(path, '');
      return [before, between, arrives(`file:${path}`)];
    });
    await Promise.all(waits.flat());
  });

  test('look again now and then, for what the system does not tell of', () =>
    onVirtualClock(async (clock) => {
      const elsewhere = join(folder(), 'ready');
      const link = join(folder(), 'link');
      symlinkSync(elsewhere, link);
      const wait = arrives(`file:${link}`);
      await clock.advance(500);
      writeFileSync(elsewhere, '');
      await clock.advance(500);
      await wait;
    }));
});

test('pid is there when the process has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await lacks(`pid:${child.pid}`)).toBe('is still running');
  const wait = arrives(`pid:${child.pid}`);
  child.kill('SIGKILL');
  await wait;
});

test('ends at once with the reason of the signal', async () => {
  const port = await unusedPort();
  for (const text of [`tcp:${port}`, `http://127.0.0.1:${port}/`, 'file:/no/such/file', `pid:${process.pid}`]) {
    const controller = new AbortController();
    const wait = parseTarget(text).wait({ signal: controller.signal });
    const outcome = observe(wait);
    await Promise.resolve();
    expect(outcome.state).toBe('pending');
    controller.abort('enough');
    await expect(wait).rejects.toBe('enough');
  }
});

test.each([
  ['5432', "Cannot wait for '5432': expected tcp:HOST:PORT, tcp-free:PORT, http://"],
  ['udp:1', "Cannot wait for 'udp:1': expected tcp:"],
  ['tcp:localhost', 'expected a port from 1 to 65535'],
  ['tcp:localhost:70000', 'expected a port from 1 to 65535'],
  ['tcp:::1:80', 'expected a port from 1 to 65535'],
  ['tcp-free:0', 'expected a port from 1 to 65535'],
  ['http://', 'it is no URL'],
  ['file:', 'expected a path'],
  ['pid:0', 'expected the number of a process'],
  ['pid:x', 'expected the number of a process'],
  ['constructor:x', 'expected tcp:HOST:PORT'],
])('refuses %s', (text, message) => {
  expect(() => parseTarget(text)).toThrow(UsageError);
  expect(() => parseTarget(text)).toThrow(message);
});

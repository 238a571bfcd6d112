import process from 'node:process';
import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { readLsof } from '../../src/process/owner-by-lsof.ts';
import { readNetstat } from '../../src/process/owner-by-netstat.ts';
import { portOwner } from '../../src/process/port-owner.ts';
import { listen, listeningProcess, unusedPort } from './_listening.ts';

describe.runIf(process.platform === 'linux')('portOwner', () => {
  test('finds another process, with its command line', async () => {
    const { child, port } = await listeningProcess();
    const owner = await portOwner(port);
    expect(owner?.pid).toBe(child.pid);
    expect(owner?.command).toMatch(/^\S+ .*_listener\.mjs$/);
  });

  test.each(['127.0.0.1', '::1'])('finds this process, listening at %s only', async (host) => {
    const { port } = await listen(host);
    expect((await portOwner(port))?.pid).toBe(process.pid);
  });

  test('finds nobody where nobody listens', async () => {
    expect(await portOwner(await unusedPort())).toBeUndefined();
  });
});

test('reads what lsof prints', () => {
  expect(readLsof('p123\ncnode server\nf19\nf20\np456\ncnode\n')).toEqual({ pid: 123, command: 'node server' });
  expect(readLsof('')).toBeUndefined();
});

test('reads what netstat prints on Windows, in any language', () => {
  const text = [
    'Aktive Verbindungen',
    '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
    '  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         1012',
    '  TCP    127.0.0.1:50000        127.0.0.1:8135         HERGESTELLT     77',
    '  TCP    127.0.0.1:8135         127.0.0.1:50000        HERGESTELLT     78',
    '  TCP    [::]:8135              [::]:0                 ABHÖREN         4321',
    '  UDP    0.0.0.0:50000          *:*                                    9',
  ].join('\r\n');
  expect([135, 8135, 50_000].map((port) => readNetstat(text, port))).toEqual([1012, 4321, undefined]);
});

test('refuses what is no port', async () => {
  await expect(portOwner(0)).rejects.toThrow(RangeError);
});

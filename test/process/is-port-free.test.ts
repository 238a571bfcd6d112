import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { isPortFree } from '../../src/process/is-port-free.ts';
import { isPortListening } from '../../src/process/is-port-listening.ts';
import { listen, unusedPort } from './_listening.ts';

const HOSTS = ['127.0.0.1', '0.0.0.0', '::1', '::'];

describe('isPortFree', () => {
  test.each(HOSTS)('is not taken in by a server that listens at %s only', async (host) => {
    const { port, close } = await listen(host);
    expect(await isPortFree(port)).toBe(false);
    await close();
    expect(await isPortFree(port)).toBe(true);
  });

  test('asks for one address if told so', async () => {
    const { port } = await listen('127.0.0.1');
    expect(await isPortFree(port, '127.0.0.1')).toBe(false);
    expect(await isPortFree(port, { host: '::1' })).toBe(true);
  });

  test('leaves the port as it was, however many ask at a time', async () => {
    const port = await unusedPort();
    expect(await Promise.all(Array.from({ length: 20 }, () => isPortFree(port)))).toEqual(Array(20).fill(true));
    await expect(listen(undefined, port)).resolves.toMatchObject({ port });
  });

  test('rejects for an address that is not of this machine', async () => {
    await expect(isPortFree(await unusedPort(), '192.0.2.1')).rejects.toThrow(/EADDRNOTAVAIL|EINVAL/);
  });
});

describe('isPortListening', () => {
  test.each(HOSTS)('finds a server that listens at %s only', async (host) => {
    const { port, close } = await listen(host);
    expect(await isPortListening(port)).toBe(true);
    expect(await isPortListening(port, 'localhost')).toBe(true);
    await close();
    expect(await isPortListening(port)).toBe(false);
  });

  test('connects to no other address than it is told', async () => {
    const { port } = await listen('::1');
    expect(await isPortListening(port, '::1')).toBe(true);
    expect(await isPortListening(port, { host: '127.0.0.1' })).toBe(false);
  });

  test('is false for a host that has no address', async () => {
    expect(await isPortListening(80, 'no-such-host.invalid')).toBe(false);
  });

  test('ends with the reason of its signal', async () => {
    await expect(isPortListening(80, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });
});

test.each([
  [0, {}, RangeError, "'port' to be a whole number from 1 to 65535, got 0"],
  [70_000, {}, RangeError, 'got 70000'],
  [1.5, {}, RangeError, 'got 1.5'],
  ['80', {}, TypeError, "'port' to be a number, got '80'"],
  [80, { host: 5 }, TypeError, "option 'host' to be an address or a name, got number"],
  [80, '', TypeError, "option 'host' to be an address or a name, got ''"],
  [80, { timeout: -1 }, RangeError, "option 'timeout' to be 0 or more milliseconds, got -1"],
  [80, { signal: 1 }, TypeError, "option 'signal' to be an AbortSignal"],
])('port %j with %j is refused', async (port, options, kind, message) => {
  for (const ask of [isPortFree, isPortListening]) {
    const asked = ask(port as number, options as object);
    await expect(asked).rejects.toThrow(kind);
    await expect(asked).rejects.toThrow(message);
  }
});

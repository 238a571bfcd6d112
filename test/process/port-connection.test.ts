import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { isOwnEcho } from '../../src/process/port-connection.ts';
import { listen, unusedPort } from './_listening.ts';

test('a connection that reached itself is told from one that reached a server', async () => {
  const { port } = await listen('127.0.0.1');
  const real = connect({ port, host: '127.0.0.1' });
  await once(real, 'connect');
  expect(isOwnEcho(real)).toBe(false);
  real.destroy();
  const own = await unusedPort();
  const echo = connect({ port: own, localPort: own, host: '127.0.0.1', localAddress: '127.0.0.1' });
  await once(echo, 'connect');
  expect(isOwnEcho(echo)).toBe(true);
  echo.destroy();
});

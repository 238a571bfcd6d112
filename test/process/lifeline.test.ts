import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { Lifeline } from '../../src/process/lifeline.ts';
import { onVirtualClock } from '../pacing/_virtual-time.ts';
import { listen } from './_listening.ts';

/** A lifeline, and a promise of each of its losses. */
function hold(port: number): { lifeline: Lifeline; lost(): Promise<void> } {
  let tell = (): void => {};
  const lifeline = new Lifeline(port, '127.0.0.1', () => tell());
  lifeline.hold();
  return { lifeline, lost: () => new Promise<void>((resolve) => (tell = resolve)) };
}

describe('the connection that watches who has a port', () => {
  test('tells that the other end has hung up, however much that has said before', () =>
    onVirtualClock(async () => {
      const { server, port } = await listen('127.0.0.1');
      const { lifeline, lost } = hold(port);
      const told = lost();
      const [socket] = (await once(server, 'connection')) as [Socket];
      socket.end('x'.repeat(100_000));
      await told;
      lifeline.release();
    }));

  test('is made anew a second later at the earliest', () =>
    onVirtualClock(async (clock) => {
      let connections = 0;
      const { port } = await listen('127.0.0.1', 0, (socket) => {
        connections++;
        socket.destroy();
      });
      const { lifeline, lost } = hold(port);
      await lost();
      for (let i = 0; i < 10; i++) lifeline.hold();
      await clock.advance(999);
      lifeline.hold();
      await clock.advance(1);
      const next = lost();
      lifeline.hold();
      await next;
      expect(connections).toBe(2);
      lifeline.release();
    }));

  test('is given up when its port no longer answers, and tells so: it may be what keeps the port', () =>
    onVirtualClock(async (clock) => {
      const { server, port } = await listen('127.0.0.1');
      const { lifeline, lost } = hold(port);
      const [socket] = (await once(server, 'connection')) as [Socket];
      server.close();
      await clock.advance(1_000);
      const ended = new Promise((resolve) => socket.on('close', resolve));
      const told = lost();
      lifeline.hold();
      await Promise.all([ended, told]);
      lifeline.release();
    }));

  test('ends when it is released, also while it connects', () =>
    onVirtualClock(async () => {
      const { server, port } = await listen('127.0.0.1');
      hold(port).lifeline.release();
      const { lifeline } = hold(port);
      const [socket] = (await once(server, 'connection')) as [Socket];
      const ended = once(socket, 'close');
      lifeline.release();
      await ended;
    }));
});

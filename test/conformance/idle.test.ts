/** What goes on in a thread beside its tasks: timers, sockets and ports of the user's module. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { describe, expect, test } from 'vitest';
import { Gates, nextEvent, openPool, openPoolOn, rejection } from './_pool.ts';
import { type PoolMessageEvent } from 'reveille';

type Background = typeof import('./modules/background.mjs');

describe('in an idle thread', () => {
  test("the module's timers go on", async () => {
    const gates = new Gates();
    const pool = openPoolOn<Background>('./modules/background.mjs', { workerData: { gates: gates.words } });
    await pool.run('startTicking', [0]);
    await gates.arrived(0, 5);
    await pool.run('stopTicking', []);
  });

  test("the module's sockets go on", async () => {
    const pool = openPoolOn<Background>('./modules/background.mjs');
    const port = await pool.run('listen', []);
    for (const word of ['hello', 'again']) {
      const socket = connect(port, '127.0.0.1');
      const answered = once(socket, 'data');
      socket.write(word);
      expect(String((await answered)[0])).toBe(word.toUpperCase());
      socket.destroy();
    }
    await pool.run('stopListening', []);
  });

  test('a Comlink endpoint that the module exposes on a port answers', async () => {
    const { port1, port2 } = new MessageChannel();
    const pool = openPoolOn<Background>('./modules/background.mjs');
    await pool.run('exposeOn', [port2], { transfer: [port2] });
    const remote = wrap<{ add(a: number, b: number): number; shout(text: string): string }>(nodeEndpoint(port1));
    expect(await remote.add(1, 2)).toBe(3);
    const answers = await Promise.all([remote.shout('a'), pool.run('twice', [4]), remote.shout('b')]);
    expect(answers).toEqual(['A', 8, 'B']);
    expect(await remote.add(3, 4)).toBe(7);
    port1.close();
  });

  test('code outside of tasks is told that no task runs there', async () => {
    const pool = openPoolOn<Background>('./modules/background.mjs');
    expect(await pool.run('taskOutside', [])).toMatch(/No task is running/);
  });

  test('the module may post messages to the pool', async () => {
    const { pool } = openPool();
    await pool.ready();
    const told = nextEvent<'message', PoolMessageEvent>(pool, 'message');
    await pool.run('postLater', ['from the background']);
    expect((await told).data).toBe('from the background');
  });
});

describe('while tasks run', () => {
  test("the module's timers get their turn between short tasks", async () => {
    const gates = new Gates();
    const pool = openPoolOn<Background>('./modules/background.mjs', { workerData: { gates: gates.words } });
    await pool.run('startTicking', [0]);
    const before = gates.arrivals(0);
    let rounds = 0;
    for (; gates.arrivals(0) < before + 3 && rounds < 100_000; rounds++) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => pool.run('twice', [i])));
    }
    expect(gates.arrivals(0)).toBeGreaterThanOrEqual(before + 3);
    await pool.run('stopTicking', []);
  });

  test("an asynchronous task may wait for the module's own timers and sockets", async () => {
    const gates = new Gates();
    const pool = openPoolOn<Background>('./modules/background.mjs', { workerData: { gates: gates.words } });
    expect(await pool.run('talkToOneself', ['ping'])).toBe('PING');
    expect((await rejection(pool.run('failInBackground', []))).message).toBe('From a socket');
  });
});

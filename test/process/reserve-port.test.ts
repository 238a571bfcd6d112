import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import process from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import '../support/install-runtime.ts';
import { PortInUseError } from '../../src/errors.ts';
import { isPortFree } from '../../src/process/is-port-free.ts';
import type { PortReservation } from '../../src/process/port-reservation.ts';
import { reservePort, type ReserveOptions } from '../../src/process/reserve-port.ts';
import { startOnPort } from '../../src/process/start-on-port.ts';
import { listen, unusedPort } from './_listening.ts';

const onDeno = 'Deno' in globalThis;

async function reserve(options?: ReserveOptions): Promise<PortReservation> {
  const reservation = await reservePort(options);
  onTestFinished(() => reservation.release());
  return reservation;
}

describe('reservePort', () => {
  test('gives each port to one only, and gives it back', async () => {
    const reservations = await Promise.all(Array.from({ length: 20 }, () => reserve()));
    const ports = reservations.map(({ port }) => port);
    expect(new Set(ports).size).toBe(20);
    const [first] = reservations as [PortReservation];
    expect(await isPortFree(first.port)).toBe(false);
    await Promise.all([first.release(), first[Symbol.asyncDispose]()]);
    expect(await isPortFree(first.port)).toBe(true);
    expect(() => first.serve(() => {})).toThrow(`Cannot serve on port ${first.port}: it was released`);
    expect(first.fd).toBeUndefined();
  });

  test('is served from in this process, with never a moment in which the port is free', async () => {
    const reservation = await reserve({ host: '127.0.0.1' });
    const http = createServer((_, response) => response.end('hello'));
    const server = reservation.serve((socket) => http.emit('connection', socket));
    const response = await fetch(`http://127.0.0.1:${reservation.port}/`, { headers: { connection: 'close' } });
    expect(await response.text()).toBe('hello');
    await reservation.release();
    expect(server.listening).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(reservation.port)).toBe(true);
  });

  test('hangs up on who comes before it is used', async () => {
    const { port } = await reserve();
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket.resume(), 'close');
  });

  test.skipIf(onDeno || process.platform === 'win32')('is handed to a child process by its descriptor', async () => {
    const reservation = await reserve();
    const { fd, port } = reservation;
    const server = `require('net').createServer((c) => c.end('child')).listen({ fd: 3 }, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'pipe', 'inherit', fd] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout!, 'data');
    await reservation.release();
    const [said] = await once(connect(port, '127.0.0.1'), 'data');
    expect(String(said)).toBe('child');
  });

  test('waits for a certain port', async () => {
    const { port, close } = await listen();
    const reserved = reserve({ port, timeout: 30_000 });
    await close();
    expect((await reserved).port).toBe(port);
  });

  test('says who has a certain port', async () => {
    const { port } = await listen();
    await expect(reservePort({ port })).rejects.toThrow(PortInUseError);
    await expect(reservePort({ port, timeout: 5 })).rejects.toThrow(/ still in use.* after 5 ms$/);
  });

  test('ends with the reason of its signal, without a port', async () => {
    const controller = new AbortController();
    const reserved = reservePort({ signal: controller.signal });
    controller.abort('enough');
    await expect(reserved).rejects.toBe('enough');
    await expect(reservePort(controller)).rejects.toBe('enough');
  });

  test.each([
    [{ port: 0 }, RangeError],
    [{ port: '1' }, TypeError],
    [{ host: 1 }, TypeError],
    [{ timeout: -1 }, RangeError],
  ])('refuses %j', async (options, kind) => {
    await expect(reservePort(options as ReserveOptions)).rejects.toThrow(kind);
  });
});

describe('startOnPort', () => {
  test('starts with a port that can be had', async () => {
    const { port } = await startOnPort((free) => listen(undefined, free));
    expect(await isPortFree(port)).toBe(false);
  });

  test('tries another port when somebody was faster', async () => {
    const ports: number[] = [];
    const { port } = await startOnPort(async (free) => {
      ports.push(free);
      if (ports.length < 3) await listen(undefined, free);
      try {
        return await listen(undefined, free);
      } catch (error) {
        throw new Error('Cannot start', { cause: error });
      }
    });
    expect(ports).toHaveLength(3);
    expect(port).toBe(ports[2]);
  });

  test('waits for a certain port again when somebody was faster', async () => {
    const port = await unusedPort();
    let calls = 0;
    const start = async (wanted: number): Promise<number> => {
      const thief = calls++ === 0 ? await listen(undefined, wanted) : undefined;
      try {
        return (await listen(undefined, wanted)).port;
      } finally {
        void thief?.close();
      }
    };
    expect(await startOnPort(start, { port, timeout: 30_000 })).toBe(port);
    expect(calls).toBe(2);
  });

  test('gives up after so many attempts, and at once for another error', async () => {
    let calls = 0;
    const taken = Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
    const failing = (error: Error) => () => (calls++, Promise.reject(error));
    await expect(startOnPort(failing(taken), { attempts: 3 })).rejects.toBe(taken);
    expect(calls).toBe(3);
    await expect(startOnPort(failing(new Error('other')))).rejects.toThrow('other');
    expect(calls).toBe(4);
    await expect(startOnPort(5 as never)).rejects.toThrow(TypeError);
    await expect(startOnPort(() => 1, { attempts: 0 })).rejects.toThrow("'attempts'");
  });
});

import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NotReadyError, ProcessExitedError } from '../../src/errors.ts';
import { type ReadyWhen, startProcess } from '../../src/process.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import {
  failureOf,
  HOLD,
  isRunning,
  program,
  runtimeArguments,
  serviceFile,
  shell,
  started,
  statesOf,
} from './_shell.ts';

const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
const NODE_26 = fileURLToPath(new URL('../runtimes/node_modules/node-26/bin/node', import.meta.url));
const CHILDREN: Array<[name: string, command: string, args: readonly string[]]> = [
  ['this runtime', process.execPath, runtimeArguments()],
  ['Node', 'node', []],
  ['the newest Node', NODE_26, []],
  ['Deno', bin('deno'), ['run', '-A', '--no-prompt']],
  ['Bun', bin('bun'), []],
];

async function listening(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

describe('a process is ready', () => {
  test('once it runs, unless more is asked', async () => {
    const child = shell(HOLD);
    expect(child.state).toBe('starting');
    await child.ready;
    expect([child.state, isRunning(child.pid ?? 0)]).toEqual(['ready', true]);
  });

  test('when it writes a line that matches, to either stream, in however many pieces', async () => {
    const script = `printf 'list' >&2; echo elsewhere; printf 'ening on 80\\nmore' >&2; ${HOLD}`;
    const child = shell(script, { ready: { line: /^listening on \d+$/g } });
    await child.ready;
    expect(child.stderr.tail).toMatch(/^listening on 80/);
  });

  test('when the stream that was named has the line, not the other', async () => {
    const child = shell(`read go; echo up >&2; read go; echo up; ${HOLD}`, {
      ready: { line: /up/, stream: 'stdout' },
      stdio: { stdin: 'pipe' },
    });
    child.stdin?.write('\n');
    await child.stderr.waitForLine(/up/);
    expect(child.state).toBe('starting');
    child.stdin?.write('\n');
    await child.ready;
  });

  test('when the line is no longer kept by the time that it is looked for', async () => {
    const child = shell(`printf 'up\\n%0500d\\n' 0; ${HOLD}`, { ready: { line: /^up$/ }, maxOutput: 10 });
    await child.ready;
  });

  // That a child process of another kind can tell its parent, and hear from it, is the runtimes' own doing.
  test.for(CHILDREN)('when it sends a message: %s', async ([, command, args], { skip }) => {
    if (command === NODE_26 && !existsSync(command)) skip();
    const child = started(command, [...args, serviceFile], { ready: 'ipc' });
    await child.ready;
    const answer = new Promise((resolve) => child.addEventListener('message', ({ data }) => resolve(data)));
    child.send({ question: 1 });
    expect(await answer).toEqual({ heard: { question: 1 } });
    expect(await child.terminate({ ask: { message: 'leave' } })).toMatchObject({ code: 5, signal: null });
  });

  test('when its port accepts connections', async () => {
    const server = createServer();
    const port = await listening(server);
    await closed(server);
    const child = shell(HOLD, { ready: { port } });
    expect(child.state).toBe('starting');
    await listening(server, port);
    onTestFinished(() => closed(server));
    await child.ready;
  });

  test('when its URL answers with a status that is wanted', async () => {
    const answers = [503, 404, 204, 418];
    const server = createServer((_, response) => void response.writeHead(answers.shift() ?? 500).end());
    const http = `http://localhost:${await listening(server)}/health`;
    onTestFinished(() => closed(server));
    await shell(HOLD, { ready: { http } }).ready;
    expect(answers).toEqual([418]);
    await shell(HOLD, { ready: { http, status: 418 } }).ready;
    await shell(HOLD, { ready: { http: new URL(http), status: (status) => status >= 500 } }).ready;
  });

  test('when a function has found out that it is', async () => {
    const answers = [() => false, () => Promise.reject(new Error('not yet')), () => true, () => false];
    const child = shell(HOLD, { ready: async () => (await answers.shift()?.()) === true });
    await child.ready;
    expect(answers).toHaveLength(1);
  });
});

describe('a process that does not become ready', () => {
  test('tells at once that it has ended, with how and its last output', async () => {
    const child = shell('echo starting; echo "no such file" >&2; exit 3', { name: 'db', ready: 'ipc' });
    const error = await failureOf(child.ready);
    expect(error).toBeInstanceOf(ProcessExitedError);
    expect(error).toMatchObject({ exitCode: 3, signal: null, command: '/bin/sh' });
    expect(error.message).toMatch(/^Process db ended before it was ready: with exit code 3; its last output:\n/);
    expect(error.message).toContain('no such file');
    expect(await child.exited).toMatchObject({ code: 3, signal: null });
  });

  test('tells so though something that it has started still holds its output', async () => {
    const child = shell(`sh -c "trap '' TERM; echo on; ${HOLD}" & echo gone; exit 4`, { ready: 'ipc', grace: 60_000 });
    const error = await failureOf(child.ready);
    expect(error).toMatchObject({ exitCode: 4 });
    expect(child.state).toBe('stopping');
    await child.kill();
  });

  test('is ended when its time is up, and what was seen is told', async () => {
    using clock = new VirtualClock().install();
    const child = shell(`echo "connecting to db"; ${HOLD}`, { ready: { line: /up/ }, readyTimeout: 5_000 });
    const states = statesOf(child);
    const failed = failureOf(child.ready);
    await child.stdout.waitForLine(/connecting/);
    await clock.advance(4_999);
    expect(child.state).toBe('starting');
    await clock.advance(1);
    const error = await failed;
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error.message).toContain('not ready after 5000 ms: it has written no line that matches /up/');
    expect(error.message).toContain('connecting to db');
    expect(await child.exited).toMatchObject({ signal: 'SIGTERM' });
    expect(states).toEqual(['stopping', 'exited']);
  });

  test('says what a port, a URL, a function and a channel lacked', async () => {
    const server = createServer((_, response) => void response.writeHead(503).end());
    const port = await listening(server);
    const http = `http://localhost:${port}/`;
    using clock = new VirtualClock().install();
    const refusal = async (ready: ReadyWhen): Promise<string> => {
      return (await failureOf(shell(HOLD, { ready, readyTimeout: 5_000 }).ready)).message;
    };
    let refuse!: () => void;
    const refused = new Promise<void>((resolve) => (refuse = resolve));
    const status = (code: number): boolean => (refuse(), code === 200);
    const refusals = [refusal({ http, status }), refusal(() => Promise.reject(new Error('no table'))), refusal('ipc')];
    await refused;
    await clock.advance(5_000);
    const messages = await Promise.all(refusals);
    await closed(server);
    // Not the one that was just free: it may be given to any other program that asks for a port.
    const unheard = refusal({ port: 1 });
    await clock.advance(5_000);
    expect(messages[0]).toContain('was answered with status 503');
    expect(messages[1]).toContain('no table');
    expect(messages[2]).toContain('it has sent no message');
    expect(await unheard).toMatch(/nobody listens on localhost:1|it does not run yet/);
  });

  test('cannot be started at all', async () => {
    const child = started('/nowhere/program', []);
    const error = await failureOf(child.ready);
    expect(error).toBeInstanceOf(ProcessExitedError);
    expect(error.message).toMatch(/could not be started .*ENOENT/);
    expect(await child.exited).toMatchObject({ code: null, signal: null, error: expect.any(Error) });
    expect([child.state, child.pid]).toEqual(['exited', undefined]);
  });

  test('is given up by a signal, with its reason', async () => {
    const controller = new AbortController();
    const child = shell(HOLD, { ready: 'ipc', signal: controller.signal });
    controller.abort(new Error('not wanted'));
    await expect(child.ready).rejects.toThrow('not wanted');
    expect(await child.exited).toMatchObject({ signal: 'SIGTERM' });
    expect(() => startProcess('sh', [], { signal: controller.signal })).toThrow('not wanted');
  });
});

test('a signal ends a process that is ready, too', async () => {
  const controller = new AbortController();
  const child = shell(HOLD, { signal: controller.signal });
  await child.ready;
  controller.abort();
  expect(await child.exited).toMatchObject({ signal: 'SIGTERM' });
  await child.ready;
});

test('wrong arguments are refused at once, naming the option, what it got and what it takes', () => {
  const refusal = (...args: unknown[]): string => {
    try {
      (startProcess as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return 'taken';
  };
  const refused = (options: unknown): string => refusal('sh', [], options);
  expect([refusal(1), refusal('sh', 'x'), refused(null)]).toEqual([
    "TypeError: Expected 'command' to be the name of a program, got number",
    "TypeError: Expected 'args' to be an array of strings, got 'x'",
    'TypeError: Expected the options of a process to be an object, got null',
  ]);
  expect(refused({ ready: 'soon' })).toMatch(/TypeError: .*'ready' .*got 'soon'/);
  expect(refused({ ready: {} })).toMatch(/TypeError: .*'ready'/);
  expect(refused({ ready: { line: 'up' } })).toMatch(/TypeError: .*'ready.line' .*got 'up'/);
  expect(refused({ ready: { line: /up/, stream: 'both' } })).toMatch(/TypeError: .*'ready.stream' .*got 'both'/);
  expect(refused({ ready: { line: /up/ }, stdio: 'inherit' })).toMatch(/TypeError: .*'stdio'/);
  expect(refused({ ready: { port: 0 } })).toMatch(/RangeError: .*'ready.port' .*got 0/);
  expect(refused({ ready: { http: 'ftp://x' } })).toMatch(/TypeError: .*'ready.http' .*got 'ftp:\/\/x'/);
  expect(refused({ ready: 'ipc', ipc: false })).toMatch(/TypeError: .*'ipc'/);
  expect(refused({ readyTimeout: -1 })).toMatch(/RangeError: .*'readyTimeout' .*got -1/);
  expect(refused({ stdio: { stdin: 'tty' } })).toMatch(/TypeError: .*'stdio.stdin' .*got 'tty'/);
  expect(refused({ maxOutput: 0 })).toMatch(/RangeError: .*'maxOutput' .*got 0/);
  expect(refused({ restart: { limit: 0 } })).toMatch(/RangeError: .*'limit' .*got 0/);
  expect(refused({ restart: { when: 'never' } })).toMatch(/TypeError: .*'when' .*got 'never'/);
  expect(refused({ diesWithParent: 1 })).toMatch(/TypeError: .*'diesWithParent' .*got number/);
});

test('sending to a process without a channel is refused', async () => {
  const child = program([]);
  expect(() => child.send('x')).toThrow(/without option 'ipc'/);
  await expect(child.terminate({ ask: { message: 'x' } })).rejects.toThrow(/without option 'ipc'/);
});

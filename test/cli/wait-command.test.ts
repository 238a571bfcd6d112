import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { listen, unusedPort } from '../process/_listening.ts';
import { reveille, RunningCommand, scratch } from './_command.ts';

const [runtime, ...flags] = [process.execPath, ...('Deno' in globalThis ? ['eval'] : ['-e'])];
/** Runs JavaScript in a process of its own. */
const script = (source: string): string[] => [runtime, ...flags, source];

describe('reveille wait', () => {
  test('waits for several at once, then runs the command and passes on its exit code', async () => {
    const path = scratch('ready');
    const port = await unusedPort();
    const command = new RunningCommand([
      'wait',
      `tcp:127.0.0.1:${port}`,
      `file:${path}`,
      '--',
      ...script('console.log("ran"); process.exit(7)'),
    ]);
    writeFileSync(path, '');
    await listen('127.0.0.1', port);
    expect(await command.ended).toEqual({ code: 7, stdout: 'ran\n', stderr: '' });
  });

  test('says what each target still lacks when it takes too long, and runs nothing', async () => {
    const { port } = await listen();
    const path = scratch('ready');
    const args = ['wait', `tcp:${port}`, `file:${path}`, `gone:${process.cwd()}`, `pid:${process.pid}`];
    const { code, stdout, stderr } = await reveille([...args, '-t', '0', '--', ...script('console.log("ran")')]);
    expect(stderr.split('\n')).toEqual([
      'reveille: Not there after 0 s:',
      `  file:${path} is not there`,
      `  gone:${process.cwd()} is still there`,
      `  pid:${process.pid} is still running`,
      '',
    ]);
    expect([code, stdout]).toEqual([124, '']);
  });

  test('hands signals on to the command', async () => {
    const source = 'process.on("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1e6); console.log("up")';
    const command = new RunningCommand(['wait', `gone:${scratch('nothing')}`, '--', ...script(source)]);
    await command.until('stdout', /up/);
    command.signal('SIGTERM');
    expect((await command.ended).code).toBe(9);
  });

  test('passes on by which signal the command ended', async () => {
    const source = 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1e6)';
    const { code } = await reveille(['wait', `gone:${scratch('nothing')}`, '--', ...script(source)]);
    expect(code).toBe(137);
  });

  test('ends at once at Ctrl-C while it waits, and runs nothing', async () => {
    const { server, port } = await listen();
    const connected = new Promise((resolve) => server.once('connection', resolve));
    const command = new RunningCommand(['wait', `tcp-free:${port}`, '--', ...script('console.log("ran")')]);
    // It watches: it listens to signals by now.
    await connected;
    command.signal('SIGINT');
    expect(await command.ended).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  test('says that a command is not there', async () => {
    const { code, stderr } = await reveille(['wait', `gone:${scratch('nothing')}`, '--', 'no-such-command-at-all']);
    expect(stderr).toMatch(/^reveille: Cannot run 'no-such-command-at-all': /);
    expect(code).toBe(127);
  });

  test('says what is wrong with its command line', async () => {
    const { code, stderr } = await reveille(['wait', 'tcp:80', '--tiemout', '5']);
    const message = "Unknown option --tiemout; did you mean '--timeout'?";
    expect(stderr).toBe(`reveille: ${message}\nTry \`reveille wait --help\`\n`);
    expect(code).toBe(2);
  });

  test('shows its help', async () => {
    const { code, stdout } = await reveille(['wait', '-h']);
    expect(stdout).toMatch(/^Usage: reveille wait TARGET/);
    expect(code).toBe(0);
  });
});

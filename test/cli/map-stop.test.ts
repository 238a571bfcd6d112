import { describe, expect, test } from 'vitest';
import { Gates } from './_gates.ts';
import { fixture, reveille, RunningCommand } from './_command.ts';

const TASKS = fixture('_tasks.mjs');

describe('Ctrl-C', () => {
  test('finishes what runs, writes what is done, and says where to go on', async () => {
    const gates = await Gates.open();
    const command = new RunningCommand(['map', TASKS, '-e', 'gated', '-t', '2', '--ordered'], gates.env);
    command.child.stdin.write('1\n2\n3\n4\n');
    await gates.arrived('1', '2');
    command.signal('SIGINT');
    await command.until('stderr', /Stopping: waiting for 2 items that are running/);
    gates.release('2', '1');
    const { code, stdout, stderr } = await command.ended;
    expect(stdout).toBe('1\n2\n');
    expect(stderr).toContain('Every line up to line 2 is done: to go on, add --skip 2\n');
    expect(stderr).toContain('2 items, 0 failed');
    expect(code).toBe(130);
    const rest = await reveille(['map', TASKS, '-e', 'shout', '--ordered', '--skip', '2', '-q'], '1\n2\n3\n4\n');
    expect(rest.stdout).toBe('3\n4\n');
  });

  test('ends at once when pressed again, and says what is done twice', async () => {
    const gates = await Gates.open();
    const command = new RunningCommand(['map', TASKS, '-e', 'gated', '-t', '2'], gates.env);
    command.child.stdin.write('1\n2\n3\n4\n');
    await gates.arrived('1', '2');
    gates.release('2');
    await gates.arrived('3');
    gates.release('3');
    await gates.arrived('4');
    await command.until('stdout', /2\n3\n/);
    command.signal('SIGINT');
    await command.until('stderr', /Stopping/);
    command.signal('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect(stdout).toBe('2\n3\n');
    expect(stderr).toContain('Line 1 is not done: to go on, start again; 2 lines after it are done as well');
    expect(code).toBe(130);
  });

  test('ends a command that waits for input', async () => {
    const command = new RunningCommand(['map', TASKS, '-e', 'shout']);
    command.child.stdin.write('a\n');
    await command.until('stdout', /A\n/);
    command.signal('SIGINT');
    const { code, stderr } = await command.ended;
    expect(stderr).toContain('Every line up to line 1 is done');
    expect(code).toBe(130);
  });

  test('ends a command that waits for its rate', async () => {
    const command = new RunningCommand(['map', TASKS, '-e', 'shout', '--rate', '1/h']);
    command.child.stdin.write('a\nb\n');
    await command.until('stdout', /A\n/);
    command.signal('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect([code, stdout]).toEqual([130, 'A\n']);
    expect(stderr).toContain('--skip 1\n');
  });

  test('termination does the same, with its own exit code', async () => {
    const command = new RunningCommand(['map', TASKS, '-e', 'shout']);
    command.child.stdin.write('a\n');
    await command.until('stdout', /A\n/);
    command.signal('SIGTERM');
    expect((await command.ended).code).toBe(143);
  });
});

test('a reader that has had enough ends it quietly', async () => {
  const command = new RunningCommand(['map', TASKS, '-e', 'shout']);
  const { stdin, stdout } = command.child;
  const feed = (): void => {
    while (stdin.writable && stdin.write('endless\n'.repeat(1_000)));
  };
  stdin.on('drain', feed);
  feed();
  await command.until('stdout', /ENDLESS\n/);
  stdout.destroy();
  const { code, stderr } = await command.ended;
  expect([code, stderr]).toEqual([141, '']);
});

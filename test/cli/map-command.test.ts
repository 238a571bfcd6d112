import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fixture, reveille, RUNTIME, scratch } from './_command.ts';

const TASKS = fixture('_tasks.mjs');
const ITEMS = '{"n":1}\n{"n":2}\n\n{"n":3}\nnot json\n{"n":4}';

const sorted = (text: string): string[] => text.trimEnd().split('\n').toSorted();

describe('reveille map', () => {
  test('maps the lines of a pipe in their order', async () => {
    const { code, stdout, stderr } = await reveille(['map', TASKS, '-e', 'shout', '--ordered'], 'a\r\n\nb\nc');
    expect(stdout).toBe('A\n\nB\nC\n');
    expect(stderr).toMatch(/^4 items, 0 failed, [\d.]+ s, [\d.,]+ items\/s, \d+ threads?\n$/);
    expect(code).toBe(0);
  });

  test('maps NDJSON from file to file, and leaves blank lines out', async () => {
    const input = scratch('in.ndjson');
    const output = scratch('out.ndjson');
    writeFileSync(input, ITEMS.replace('not json\n', ''));
    const { code, stdout } = await reveille(['map', TASKS, '-e', 'double', '-i', input, '-o', output, '-q']);
    expect(sorted(readFileSync(output, 'utf8'))).toEqual(['{"n":2}', '{"n":4}', '{"n":6}', '{"n":8}']);
    expect([code, stdout]).toEqual([0, '']);
  });

  test('says which lines failed and why, goes on, and exits with 1', async () => {
    const errors = scratch('errors.ndjson');
    const args = ['map', TASKS, '-e', 'refuseOdd', '-f', 'ndjson', '--errors', errors, '--ordered'];
    const { code, stdout, stderr } = await reveille(args, ITEMS);
    expect(stdout).toBe('2\n4\n');
    expect(stderr).toContain('line 1: RangeError: Odd: 1\n');
    expect(stderr).toContain('line 4: RangeError: Odd: 3\n');
    expect(stderr).toMatch(/line 5: SyntaxError: Cannot read the line as JSON: /);
    expect(stderr).toContain('\n5 items, 3 failed, ');
    expect(sorted(readFileSync(errors, 'utf8')).map((line) => JSON.parse(line))).toMatchObject([
      { line: 1, error: { name: 'RangeError', message: 'Odd: 1' }, input: '{"n":1}' },
      { line: 4, error: { name: 'RangeError', message: 'Odd: 3' }, input: '{"n":3}' },
      { line: 5, error: { name: 'SyntaxError' }, input: 'not json' },
    ]);
    expect(code).toBe(1);
  });

  test('calls the default export unless told otherwise', async () => {
    const args = ['map', fixture('_default.mjs'), '-q'];
    expect(await reveille(args, 'a\n')).toEqual({ code: 0, stdout: 'a\n', stderr: '' });
    expect(await reveille([...args, '-e', 'other'], 'a\n')).toEqual({ code: 0, stdout: 'other\n', stderr: '' });
  });

  test('--retry tries again what failed', async () => {
    const args = ['map', TASKS, '-e', 'failFirst', '-t', '1', '--retry', '1', '-q'];
    const { code, stdout, stderr } = await reveille(args, 'a\nb\n');
    expect([sorted(stdout), stderr, code]).toEqual([['a', 'b'], '', 0]);
  });

  test('--rate keeps its distance', async () => {
    const { stderr } = await reveille(['map', TASKS, '-e', 'shout', '--rate', '20/s'], 'a\nb\nc\nd\ne\n');
    const [, seconds] = /([\d.]+) s,/.exec(stderr) ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(0.2);
  });

  test('--skip leaves lines out and appends to the output', async () => {
    const output = scratch('out.txt');
    writeFileSync(output, 'A\n');
    await reveille(['map', TASKS, '-e', 'shout', '-o', output, '--ordered', '--skip', '1'], 'a\nb\nc\n');
    expect(readFileSync(output, 'utf8')).toBe('A\nB\nC\n');
  });

  test('--fail-fast stops at the first failure and says where to go on', async () => {
    const args = ['map', TASKS, '-e', 'refuseOdd', '-f', 'ndjson', '--fail-fast', '-t', '1', '--ordered'];
    const { code, stdout, stderr } = await reveille(args, '{"n":2}\n{"n":1}\n'.repeat(10_000));
    const [, skip] = /Every line up to line (\d+) is done: to go on, add --skip \1\n/.exec(stderr) ?? [];
    expect(code).toBe(1);
    expect(Number(skip)).toBeLessThan(20_000);
    expect(stdout.split('\n').length - 1).toBe(Math.ceil(Number(skip) / 2));
  });

  test('a thread that dies takes down the item it ran, and no other', async () => {
    const { code, stdout, stderr } = await reveille(['map', TASKS, '-e', 'die', '-t', '1'], 'a\nb\ndie\nc\nd\n');
    expect(sorted(stdout)).toEqual(['a', 'b', 'c', 'd']);
    expect(stderr).toContain('line 3: ThreadCrashedError: ');
    expect(code).toBe(1);
  });

  test('--timeout gives up on an item and ends its thread; the next one has its full time on another', async () => {
    const args = ['map', TASKS, '-e', 'hang', '-t', '1', '--timeout', '500'];
    const { code, stdout, stderr } = await reveille(args, 'hang\na\nhang\nb\n');
    expect(sorted(stdout)).toEqual(['a', 'b']);
    expect(stderr.match(/^line \d+: TimeoutError/gm)).toEqual(['line 1: TimeoutError', 'line 3: TimeoutError']);
    expect(code).toBe(1);
  });

  // Deno's console goes past the streams of a worker thread, straight to the standard output of the process.
  test.skipIf(RUNTIME === 'deno')('standard output holds results only, whatever the function prints', async () => {
    const { stdout, stderr } = await reveille(['map', TASKS, '-e', 'print', '-t', '1'], 'a\nb\n');
    expect(sorted(stdout)).toEqual(['a', 'b']);
    expect(stderr).toContain('printed a\n');
  });

  test('an empty input is no item', async () => {
    const { code, stdout, stderr } = await reveille(['map', TASKS, '-e', 'shout'], '');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^0 items, 0 failed/);
  });
});

describe('what cannot be used is said at once, with exit code 2', () => {
  test.each([
    [['map'], /Name the module/],
    [['map', 'nowhere.mjs'], /Cannot find the module 'nowhere\.mjs'/],
    [['map', fixture('_broken.mjs')], /broken on purpose/],
    [['map', TASKS], /exports several functions: choose one with --export \('die', 'double', /],
    [['map', TASKS, '-e', 'shuot'], /exports no function 'shuot', only .*did you mean 'shout'\?/],
    [['map', TASKS, '-e', 'shout', '--thread', '2'], /Unknown option --thread; did you mean '--threads'\?/],
    [['map', TASKS, '-e', 'shout', '-t', '100000'], /threads/],
    [['map', TASKS, '-e', 'shout', '-i', 'nowhere.txt'], /Cannot open the input 'nowhere\.txt'/],
    [['map', TASKS, '-e', 'shout', '-i', fixture('.')], /is a directory/],
    [['map', TASKS, '-e', 'shout', '-o', fixture('nowhere/out')], /Cannot open the output /],
    [['map', TASKS, '-e', 'shout', '-i', TASKS, '-o', TASKS], /is the input: name another file/],
    [['mapp'], /Unknown command 'mapp'; did you mean 'map'\?/],
    [['--frob'], /Unknown option '--frob'/],
    [[], /Usage: reveille COMMAND/],
  ])('reveille %j', async (args, message) => {
    const { code, stdout, stderr } = await reveille(args, 'a\n');
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('an output is not emptied for a module that cannot be loaded', async () => {
    const output = scratch('out.txt');
    writeFileSync(output, 'precious\n');
    await reveille(['map', fixture('_broken.mjs'), '-o', output], 'a\n');
    expect(readFileSync(output, 'utf8')).toBe('precious\n');
  });
});

test('help and version go to standard output', async () => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  expect(await reveille(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect((await reveille(['--help'])).stdout).toMatch(/^Usage: reveille COMMAND/);
  expect((await reveille(['map', '--help'])).stdout).toMatch(/^Usage: reveille map MODULE/);
});

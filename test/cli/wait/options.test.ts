import { expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/usage-error.ts';
import { parseWaitOptions } from '../../../src/cli/wait/options.ts';

test('takes targets, seconds, and a command with options of its own', () => {
  const options = parseWaitOptions(['tcp:80', '-t', '1.5', 'gone:lock', '--', 'npm', 'start', '--timeout']);
  expect(options.targets.map(({ text }) => text)).toEqual(['tcp:80', 'gone:lock']);
  expect([options.timeout, options.command]).toEqual([1_500, ['npm', 'start', '--timeout']]);
  expect(parseWaitOptions(['tcp:80'])).toMatchObject({ timeout: Infinity, command: undefined });
});

test.each([
  [[], 'Nothing to wait for: name at least one target'],
  [['tcp:80', '--timeout', 'soon'], "Option --timeout takes a number of seconds, 0 or more: got 'soon'"],
  [['tcp:80', '--timeout=-1'], "got '-1'"],
  [['tcp:80', '--'], 'Expected a command after --'],
  [['80'], "Cannot wait for '80'"],
])('refuses %j', (argv, message) => {
  expect(() => parseWaitOptions(argv)).toThrow(UsageError);
  expect(() => parseWaitOptions(argv)).toThrow(message);
});

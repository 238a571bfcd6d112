import { expect, test } from 'vitest';
import { runExample } from './_run-example.ts';

test('the example of the explorer: a ticket lock loses a wake-up, and its repaired twin does not', async () => {
  const { code, stdout, stderr } = await runExample('explore/main.mjs', []);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^broken: deadlock in schedule \d+$/m);
  expect(stdout).toMatch(/^ +\d+\. thread 1 {2}wait called for 1: blocks +ticket-lock\.mjs:\d+$/m);
  expect(stdout).toMatch(/^ +deadlock: thread 1 blocks in wait on called = 1$/m);
  expect(stdout).toMatch(/^repaired: holds under all \d+ schedules$/m);
  expect(code).toBe(0);
});

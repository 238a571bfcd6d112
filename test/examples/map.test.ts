import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { reveille } from '../cli/_command.ts';
import { runExample } from './_run-example.ts';

test('the example of reveille map: users become pseudonyms, wrong addresses are reported by line', async () => {
  const users = await runExample('map/generate.mjs', ['1000']);
  expect([users.code, users.stdout.split('\n').length]).toEqual([0, 1_001]);
  const tasks = fileURLToPath(new URL('../../examples/map/tasks.mjs', import.meta.url));
  const { code, stdout, stderr } = await reveille(['map', tasks, '--format', 'ndjson', '--ordered'], users.stdout);
  const results = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { id: number; pseudonym: string });
  expect(results.map(({ id }) => id)).toEqual(Array.from({ length: 999 }, (_, index) => index + 1));
  expect(new Set(results.map(({ pseudonym }) => pseudonym)).size).toBe(999);
  expect(stderr).toContain("line 1000: TypeError: Not an e-mail address: 'user 1000'\n");
  expect(code).toBe(1);
});

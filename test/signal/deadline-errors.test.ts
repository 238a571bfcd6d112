import { expect, test } from 'vitest';
import { runScript } from '../support/run-script.ts';

test('a deadline whose callback throws is reported as uncaught and keeps no other from its call', async () => {
  const { code, stdout } = await runScript(new URL('./_throwing-deadline.ts', import.meta.url));
  expect(stdout.trim().split('\n').sort()).toEqual(['second called', 'uncaught: of the first']);
  expect(code).toBe(0);
});

import { expect, test } from 'vitest';
import { runExample } from './_run-example.ts';

test('a price service is killed and restarted under three clients, and nothing is lost that was promised', async () => {
  const { code, stdout, stderr } = await runExample('service/main.mjs', []);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^killed process \d+; all clients go on with process \d+$/m);
  expect(stdout).toMatch(/^restarted; all clients go on with process \d+$/m);
  for (const client of ['thread', 'process', 'socket']) {
    const [, ticks, gaps, resumed, quotes, wrong, unsure, accepted, lost] = rowOf(client, stdout);
    expect(ticks).toBeGreaterThanOrEqual(300);
    expect({ gaps, wrong, lost }).toEqual({ gaps: 0, wrong: 0, lost: 0 });
    expect(resumed).toBeGreaterThanOrEqual(2);
    // Each order was accepted or rejected, and each quote given in the end; but for what the end of a run cut short.
    expect((accepted as number) + (unsure as number)).toBe(quotes);
  }
  expect(stdout).toMatch(/, 0 of them twice; clean shutdown: true$/m);
  expect(code).toBe(0);
});

function rowOf(client: string, text: string): number[] {
  const row = new RegExp(`^ +${client} .*$`, 'm').exec(text)?.[0] ?? '';
  return row.trim().split(/ +/).map(Number);
}

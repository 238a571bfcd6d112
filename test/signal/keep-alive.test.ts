import { describe, expect, test } from 'vitest';
import { runScript } from '../support/run-script.ts';

const script = new URL('./_waiting-process.ts', import.meta.url);

describe('a process with nothing left but a wait', () => {
  test.each([
    ['stays until the wait succeeds', 'ref', ['waiting', 'set']],
    ['stays until the wait times out', 'timeout', ['waiting', 'timed out']],
    ['ends if the wait does not hold it', 'unref', ['waiting']],
  ])('%s', async (_, how, lines) => {
    const { code, stdout, stderr } = await runScript(script, [how]);
    expect({ code, lines: stdout.trim().split('\n'), stderr }).toEqual({ code: 0, lines, stderr: '' });
  });
});

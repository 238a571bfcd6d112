/** Threads that run out of memory, where the runtime holds them to a limit and survives it. */
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { runScript } from '../support/run-script.ts';
import { PATIENCE, scaled } from '../support/scale.ts';

const DEATHS = 10 * scaled(1);

/** Bun knows no limits. Node 24 may end the whole process instead of the thread: https://github.com/nodejs/node/issues/47224 */
const holds = !('Bun' in globalThis) && ('Deno' in globalThis || !process.versions.node.startsWith('24.'));

describe.skipIf(!holds)('a thread that exceeds its memory limit', PATIENCE, () => {
  test('takes down the task that grew, and no other', async () => {
    const { code, stdout, stderr } = await runScript(new URL('./_out-of-memory.mjs', import.meta.url), [`${DEATHS}`]);
    expect({ code, lines: stdout.trim().split('\n').at(-1), stderr: code === 0 ? '' : stderr }).toEqual({
      code: 0,
      lines: JSON.stringify({
        outcomes: { right: 20_000, 'ThreadCrashedError ERR_WORKER_OUT_OF_MEMORY': DEATHS },
        effects: true,
        leftBehind: { threads: 0, bytes: 0 },
        clean: true,
      }),
      stderr: '',
    });
  });
});

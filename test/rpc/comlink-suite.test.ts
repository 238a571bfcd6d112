/**
 * Comlink's own tests over our endpoints, with our `wrap` and `expose` in the place of Comlink's. They are not copied
 * here: `COMLINK_SUITE=<a checkout of https://github.com/GoogleChromeLabs/comlink>` says where they are. What they check
 * is also checked, in our words, by conformance.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as rpc from 'reveille/rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SUITE = process.env['COMLINK_SUITE'] ?? '';
const SAME_WINDOW = join(SUITE, 'tests/same_window.comlink.test.js');
const NODE = join(SUITE, 'tests/node');

type Step = (this: object, done?: (error?: unknown) => void) => unknown;
interface Tests {
  readonly before: Step[];
  readonly after: Step[];
  readonly its: Array<readonly [name: string, step: Step]>;
}

/** Runs the text of a test file, with mocha's words and what it would import as arguments, and tells what it says. */
function read(path: string, given: Record<string, unknown>): Tests {
  const tests: Tests = { before: [], after: [], its: [] };
  const it = Object.assign((name: string, step: Step) => tests.its.push([name, step]), { skip: () => {} });
  const words = {
    describe: (_name: string, body: (this: object) => void) => body.call({}),
    beforeEach: (step: Step) => tests.before.push(step),
    afterEach: (step: Step) => tests.after.push(step),
    it,
    xit: it.skip,
    expect,
    self: globalThis,
    navigator: { userAgent: 'none' },
    ...given,
  };
  const text = readFileSync(path, 'utf8').replace(/^import .*$/gm, '');
  new Function(...Object.keys(words), text)(...Object.values(words));
  return tests;
}

function run(step: Step, context: object): Promise<unknown> {
  if (step.length === 0) return Promise.resolve(step.call(context));
  return new Promise<void>((resolve, reject) => {
    step.call(context, (error) => (error === undefined ? resolve() : reject(error as Error)));
  });
}

const startable = <T extends object>(end: T): T & { start(): void } => ({ ...end, start: () => {} });
const transports = {
  'a MessagePort': () => new MessageChannel(),
  'shared memory': () => {
    const [port1, port2] = rpc.channelEnds();
    return { port1: startable(port1), port2: startable(port2) };
  },
};

describe.runIf(existsSync(SAME_WINDOW))("Comlink's suite", () => {
  describe.each(Object.entries(transports))('over %s', (_name, connect) => {
    let isSetUp = false;
    /** What the set-up makes is what the test talks over; what the test makes is its own. */
    class GivenChannel {
      constructor() {
        return isSetUp ? new MessageChannel() : connect();
      }
    }
    const { before, its } = existsSync(SAME_WINDOW)
      ? read(SAME_WINDOW, { Comlink: rpc, MessageChannel: GivenChannel })
      : { before: [], its: [] };

    test.each(its)('%s', async (_test, step) => {
      const context = {};
      isSetUp = false;
      for (const setUp of before) await run(setUp, context);
      isSetUp = true;
      await run(step, context);
    });
  });

  describe('over a Worker', () => {
    let folder = '';
    beforeAll(async () => {
      // Deno finds our dependencies from files of this project only.
      folder = await mkdtemp(fileURLToPath(new URL('.comlink-suite-', import.meta.url)));
      await mkdir(join(folder, 'dist/esm'), { recursive: true });
      await mkdir(join(folder, 'tests/node'), { recursive: true });
      const ours = new URL('../../dist/adapters/rpc.js', import.meta.url).href;
      await writeFile(join(folder, 'dist/esm/comlink.mjs'), `export * from ${JSON.stringify(ours)};`);
      await writeFile(join(folder, 'dist/esm/node-adapter.mjs'), 'export default (endpoint) => endpoint;');
      // Deno knows built-in modules by their whole name.
      const worker = readFileSync(join(NODE, 'worker.mjs'), 'utf8').replace(
        '"worker_threads"',
        '"node:worker_threads"',
      );
      await writeFile(join(folder, 'tests/node/worker.mjs'), worker);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    class GivenWorker extends Worker {
      constructor(path: string) {
        super(join(folder, path));
      }
    }
    const { before, after, its } = existsSync(NODE)
      ? read(join(NODE, 'main.mjs'), { Comlink: rpc, Worker: GivenWorker, nodeEndpoint: (worker: Worker) => worker })
      : { before: [], after: [], its: [] };

    test.each(its)('%s', async (_test, step) => {
      const context = {};
      for (const setUp of before) await run(setUp, context);
      try {
        await run(step, context);
      } finally {
        for (const tearDown of after) await run(tearDown, context);
      }
    });
  });
});

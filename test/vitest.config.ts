import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const root: string = fileURLToPath(new URL('..', import.meta.url));
const runtime: string = 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node';

// Node before 22.18 cannot load `.ts` in a worker thread by itself. The option is `false`, not absent, on some
// versions.
const readsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);
const loader: string[] =
  runtime === 'node' && !readsTypeScript ? ['--import', new URL('./support/ts-loader.mjs', import.meta.url).href] : [];

/** What needs to hold once, not once per runtime: it looks at the sources and at the package. */
const ONCE: string[] = ['test/{house,lint}/**/*.test.ts'];
/** So do schedules: the atomics and the event loop are the explorer's own, and every runtime counts the same. */
const MODEL: string[] = ['test/model/**/*.test.ts'];
/** These leave no state behind in the modules that they load: they may share a process, and so show that they do. */
const PLAIN: string[] = [
  'test/{cli,conformance,examples,memory,pacing/backoff,scheduler}/**/*.test.ts',
  'test/process/{is-port-free,lifeline,lookout,port-*,reserve-port,wait-for-port-*}.test.ts',
  'test/pacing/{gcra,poller,retry,sleep,timeout}*.test.ts',
  'test/testing/{eventually,never,wait-for-*}.test.ts',
];
/** These may share one too, but with each other only: some leave connections open for the others to get along with. */
const REMOTE: string[] = ['test/rpc/**/*.test.ts'];

const config: ViteUserConfig = defineConfig({
  root,
  cacheDir: `node_modules/.vite-${runtime}`,
  resolve: {
    alias: [
      { find: /^reveille$/, replacement: `${root}dist/adapters/${runtime}.js` },
      { find: /^reveille\/rpc$/, replacement: `${root}dist/adapters/rpc.js` },
      { find: /^reveille\/task$/, replacement: `${root}dist/src/task.js` },
      { find: /^reveille\/process$/, replacement: `${root}dist/adapters/process.js` },
      { find: /^reveille\/testing$/, replacement: `${root}dist/adapters/testing.js` },
    ],
  },
  test: {
    exclude: ['**/node_modules/**'],
    // Upper bounds against a hang, not expectations: a loaded machine with two cores must not trip them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Many tests wait on threads rather than compute: two files at once also where there are but two cores.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    // Forks work on every runtime, and a test that ends its process takes nobody else's with it.
    pool: 'forks',
    execArgv: loader,
    // The built package is loaded by the runtime itself, not through Vite, so that the main thread and the worker
    // threads run the very same files and a class has one identity.
    server: { deps: { external: [/\/dist\//] } },
    // By default all of them; `--project` chooses.
    projects: [
      { extends: true, test: { name: 'once', include: ONCE } },
      // The threads that explore, and what they have loaded, serve the next file too.
      { extends: true, test: { name: 'model', include: MODEL, isolate: false } },
      {
        extends: true,
        test: { name: 'runtime', include: ['test/**/*.test.ts'], exclude: [...ONCE, ...MODEL, ...PLAIN, ...REMOTE] },
      },
      // Half of the time of such a file would be the start of its process.
      { extends: true, test: { name: 'plain', include: PLAIN, isolate: false } },
      { extends: true, test: { name: 'remote', include: REMOTE, isolate: false } },
    ],
  },
});

export default config;

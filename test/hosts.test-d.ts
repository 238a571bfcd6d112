/**
 * Holds the adapters' slices of Deno and Bun against the runtimes' own types. Checked by `npm run typecheck`, never
 * run.
 */
import type { Deno as DenoNamespace } from '@deno/shim-deno';
import type { BunHost } from '../adapters/bun-runtime.ts';
import type { DenoHost } from '../adapters/deno-runtime.ts';
import type { Running } from '../src/testing/running-thing.ts';

null as unknown as typeof Bun satisfies BunHost;
null as unknown as typeof DenoNamespace satisfies DenoHost;
null as unknown as import('bun').Subprocess satisfies Running;
null as unknown as import('node:child_process').ChildProcess satisfies Running;
null as unknown as import('node:worker_threads').Worker satisfies Running;

/** Importing this installs the Runtime of whatever runs the tests: for tests of `src` that import no adapter. */
import { installRuntime, type Runtime } from '../../src/runtime.ts';

export const testRuntime: Runtime = await load();
installRuntime(testRuntime);

async function load(): Promise<Runtime> {
  if ('Deno' in globalThis) return (await import('../../adapters/deno-runtime.ts')).denoRuntime;
  if ('Bun' in globalThis) return (await import('../../adapters/bun-runtime.ts')).bunRuntime;
  return (await import('../../adapters/node-runtime.ts')).nodeRuntime;
}

/** The Runtime on Bun: Node's, through Bun's `node:` modules, with what differs. */
import { installRuntime, type Runtime } from '../src/runtime.ts';
import { commonRuntime, parallelism, resolveModuleUrl } from './node-runtime.ts';

/** The slice of Bun that this adapter uses. https://bun.sh/docs/api/utils */
export interface BunHost {
  readonly version: string;
}

export const bunRuntime: Runtime = {
  ...commonRuntime,
  name: 'bun',
  // performance.now() counts from the start of each thread.
  sharedClockOrigin: false,
  resolveModule: resolveModuleUrl,
  get parallelism(): number {
    return parallelism();
  },
};

/** Makes Bun the runtime of this thread. */
export function installBun(): void {
  installRuntime(bunRuntime);
}

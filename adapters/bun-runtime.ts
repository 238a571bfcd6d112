/** The Runtime on Bun: Node's, through Bun's `node:` modules, with what differs. */
import { installRuntime, type Runtime } from '../src/runtime.ts';
import { installNodeParts } from './codec-host.ts';
import { nodeRuntime, resolveModuleUrl } from './node-runtime.ts';
import { spawnThread, workerEntry } from './threads.ts';

/** The slice of Bun that this adapter uses. https://bun.sh/docs/api/utils */
export interface BunHost {
  readonly version: string;
}

export const bunRuntime: Runtime = {
  ...nodeRuntime,
  name: 'bun',
  // performance.now() counts from the start of each thread.
  sharedClockOrigin: false,
  resolveModule: resolveModuleUrl,
  spawn: (spec) => spawnThread(workerEntry('bun'), spec),
};

/** Makes Bun the runtime of this thread. */
export function installBun(): void {
  installRuntime(bunRuntime);
  installNodeParts({ inspectFrom: 8, useUtf8Write: true, writeUtf8From: 36, readLatin1From: 7 });
}

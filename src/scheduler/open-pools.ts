/**
 * Pools that are open. An idle pool does not keep the process alive, but when the process ends for want of work, its
 * pools are closed first: what their threads have printed comes out, and their modules are torn down.
 */
import { runtime } from '../runtime.ts';

interface Closeable {
  close(): Promise<unknown>;
}

const open = new Set<Closeable>();
let isWatching = false;

export function addOpenPool(pool: Closeable): void {
  open.add(pool);
  if (isWatching) return;
  isWatching = true;
  runtime().onBeforeExit(() => {
    for (const each of open) void each.close();
  });
}

/** The pools of this thread that are open, to look for those that were forgotten. */
export function openPools(): readonly object[] {
  return [...open];
}

export function removeOpenPool(pool: Closeable): void {
  open.delete(pool);
}

/**
 * Pools that are open. An idle pool does not keep the process alive, but when the process ends for want of work, its
 * pools are closed first: what their threads have printed comes out, and their modules are torn down.
 */
import { runtime } from '../runtime.ts';
import { provideActivities } from '../signal/activities.ts';

interface Closeable {
  readonly name: string;
  threadIndices(): readonly number[];
  stats(): { readonly queued: number; readonly running: number };
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

export function removeOpenPool(pool: Closeable): void {
  open.delete(pool);
}

provideActivities(function* () {
  for (const pool of open) {
    const { queued, running } = pool.stats();
    const detail = `open, ${running} tasks run, ${queued} wait`;
    // Somebody waits for each task that is out; threads by themselves hold nothing.
    yield { kind: 'pool', name: pool.name, detail, holdsProcess: running + queued > 0 };
    for (const index of pool.threadIndices()) {
      yield { kind: 'thread', name: `${pool.name}/${index}`, detail: 'alive', holdsProcess: false };
    }
  }
});

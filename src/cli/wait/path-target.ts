import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Lookout } from '../../process/lookout.ts';
import { PathWatch } from '../../process/path-watch.ts';
import { type Target, watchFrom } from './target.ts';

/**
 * Where the system tells of changes, this only makes good what it cannot tell of: the other end of a symbolic link, a
 * folder of another machine.
 */
const PAUSES_WATCHED = { first: 1_000, longest: 1_000 };

/** `file:PATH`: there is something at the path. `gone:PATH`: there is nothing. */
export function pathTarget(text: string, path: string, wanted: 'there' | 'gone'): Target {
  const place = resolve(path);
  return {
    text,
    async wait(limits) {
      const watch = new PathWatch(place);
      const look = (): { found: true } | { lacks: string } => {
        watch.aim();
        const isThere = statSync(place, { throwIfNoEntry: false }) !== undefined;
        if (isThere === (wanted === 'there')) return { found: true };
        return { lacks: isThere ? 'is still there' : 'is not there' };
      };
      const lookout = new Lookout(text, look, () => (watch.isWatching ? PAUSES_WATCHED : undefined));
      const wake = (): void => lookout.wake();
      watch.on('change', wake);
      try {
        return await watchFrom(lookout, limits);
      } finally {
        watch.off('change', wake);
      }
    },
  };
}

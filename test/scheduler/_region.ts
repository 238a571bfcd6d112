/** A pool's region in an arena of its own. */
import '../support/install-runtime.ts';
import { Arena } from '../../src/memory/arena.ts';
import { Region, regionBytes } from '../../src/scheduler/layout.ts';

/** @param slots - a power of two */
export function makeRegion(slots: number, threads: number): Region {
  const bytes = regionBytes(slots, threads);
  const arena = Arena.create(bytes + 131_072);
  const region = new Region(arena, { base: arena.allocate(bytes, 1), slots, threads });
  region.clear();
  return region;
}

/**
 * The pauses between two looks at a fact that nothing tells of (a port that a stranger has, the end of somebody else's
 * process): short at first, since most things come to pass soon, and then longer, since what takes long may take longer
 * still. Whoever hears of a change in the meantime looks at once and begins anew.
 */

/** In milliseconds. */
export interface LookPauses {
  readonly first: number;
  readonly longest: number;
}

const FACTOR = 1.5;
const USUAL: LookPauses = { first: 1, longest: 50 };

/** The pause after one of `last` milliseconds; 0: there was none yet. */
export function nextPause(last: number, { first, longest }: LookPauses = USUAL): number {
  return Math.min(Math.max(first, last * FACTOR), longest);
}

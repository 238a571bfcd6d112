/** The end of a message about a name that does not exist. */
import { nearestNames } from '../scheduler/nearest-names.ts';

/** "; did you mean 'a'?", or nothing when none of `names` is like `name`. */
export function didYouMean(name: string, names: readonly string[], prefix = ''): string {
  const [nearest] = nearestNames(name, names, 1);
  return nearest === undefined ? '' : `; did you mean '${prefix}${nearest}'?`;
}

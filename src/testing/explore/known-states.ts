/**
 * The states from which the search has already gone on, and what it had left to go on with.
 *
 * A point need not be gone on from if another one was with the same state, nothing more spent, and nobody asleep who is
 * awake now: whatever can come after this point came after that one, or will before the search ends. (It is not still
 * to come on the way to this point itself: hashes of threads only grow, so no state comes before itself.) What sleeps
 * is part of it because a sleeper's choices were not tried there: see Godefroid, Holzmann and Pirottin, "State-space
 * caching revisited", https://doi.org/10.1007/BF01384077.
 */
import type { Budget } from './choice.ts';

interface Visit {
  readonly spent: Budget;
  /** Bit set of the threads that slept. */
  readonly asleep: number;
}

export class KnownStates {
  readonly #visits = new Map<number, Visit[]>();

  clear(): void {
    this.#visits.clear();
  }

  get size(): number {
    return this.#visits.size;
  }

  /** Whether the search has gone on from the state with as much as this; from now on it has. */
  covers(state: number, spent: Budget, asleep: number): boolean {
    const visits = this.#visits.get(state);
    if (visits === undefined) {
      this.#visits.set(state, [{ spent, asleep }]);
      return false;
    }
    if (visits.some((visit) => (visit.asleep & ~asleep) === 0 && isWithin(visit.spent, spent))) return true;
    visits.push({ spent, asleep });
    return false;
  }
}

function isWithin(one: Budget, other: Budget): boolean {
  return (
    one.preemptions <= other.preemptions &&
    one.timeouts <= other.timeouts &&
    one.cancels <= other.cancels &&
    one.deaths <= other.deaths
  );
}

import { type BackoffState, ceiling } from './strategy.ts';

/**
 * Anything from nothing to the ceiling. Spreads callers that failed together over the whole time, and makes the fewest
 * calls of all for it: the one to use unless a delay must not be short.
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
 */
export function fullJitter(state: BackoffState): number {
  return state.random * ceiling(state);
}

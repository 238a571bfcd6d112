import { type BackoffState, ceiling } from './strategy.ts';

/**
 * From half of the ceiling to the ceiling: never almost at once, at the price of less spread.
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
 */
export function equalJitter(state: BackoffState): number {
  return (ceiling(state) / 2) * (1 + state.random);
}

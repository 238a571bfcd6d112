import type { BackoffState } from './strategy.ts';

/** By how much a delay may exceed the one before. */
const GROWTH = 3;

/**
 * From the base to three times the last delay: grows by chance rather than by count, never below the base.
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
 */
export function decorrelatedJitter({ previous, random, baseDelay, maxDelay }: BackoffState): number {
  const highest = Math.min(Math.max(previous, baseDelay) * GROWTH, Number.MAX_VALUE);
  return Math.min(maxDelay, baseDelay + random * (highest - baseDelay));
}

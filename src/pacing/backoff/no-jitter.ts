import { type BackoffState, ceiling } from './strategy.ts';

/** The ceiling itself: to be used where only one caller can fail at a time, for all who fail together come together. */
export function noJitter(state: BackoffState): number {
  return ceiling(state);
}

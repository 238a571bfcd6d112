/** What the strategies of backoff have in common: each is a pure function from what has happened to a delay. */

/** What a delay depends on. All times in milliseconds. */
export interface BackoffState {
  /** How often it has failed so far, from 1. */
  readonly failures: number;
  /** The delay before this one; 0 before the first. */
  readonly previous: number;
  /** A number from 0 up to 1. */
  readonly random: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly factor: number;
}

/** A delay in milliseconds, from 0 to `maxDelay`. */
export type BackoffStrategy = (state: BackoffState) => number;

/** Finite: `baseDelay`, grown by `factor` for each failure after the first, up to `maxDelay`. */
export function ceiling({ failures, baseDelay, maxDelay, factor }: BackoffState): number {
  // 0 times a power that has grown to Infinity would be no number.
  if (baseDelay === 0) return 0;
  return Math.min(maxDelay, baseDelay * factor ** (failures - 1), Number.MAX_VALUE);
}

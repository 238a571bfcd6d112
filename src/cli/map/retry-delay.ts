/** How long to wait before an item that failed is tried again. */

/** The ceiling of the wait before the first retry. */
export const FIRST_RETRY_MS = 100;
/** The ceiling that the ceilings double up to. */
export const LONGEST_RETRY_MS = 30_000;

/**
 * Exponential backoff with full jitter: anything from nothing to a ceiling that doubles with each attempt, so that
 * items that failed together do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures how often the item has failed, from 1.
 * @param random a number from 0 up to 1.
 * @returns milliseconds.
 */
export function retryDelay(failures: number, random: number): number {
  return random * Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}

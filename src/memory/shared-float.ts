/**
 * A float64 in shared memory that threads change atomically.
 *
 * Atomics work on whole numbers only, so the word is seen as an Int64 that carries the bits of the float. Two floats
 * are equal exactly if their bits are, but for NaN and -0, which must not be stored. Zeroed memory reads as 0.
 */
import { compareExchange, load } from './atomic.ts';

const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** Reads the float. */
export function loadFloat(words: BigInt64Array, index: number): number {
  bits[0] = load(words, index);
  return float[0] as number;
}

/** Replaces `expected` by `next`. Returns whether it did: not if the word holds anything else. */
export function swapFloat(words: BigInt64Array, index: number, expected: number, next: number): boolean {
  float[0] = expected;
  const before = bits[0] as bigint;
  float[0] = next;
  return compareExchange(words, index, before, bits[0] as bigint) === before;
}

/** The check that refuses a number of things (permits, parties) that is none. */
import { describe } from './wait-options.ts';

/** The most that a signed word can count. */
export const MOST: number = 2 ** 31 - 1;

/**
 * Checks that `value` is a whole number from `least` to `most`.
 *
 * @param name - of the argument, for the message
 * @throws {TypeError} or RangeError that names the argument, what it got and what it takes
 */
export function checkCount(name: string, value: unknown, least: number, most: number = MOST): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`Expected '${name}' to be a number, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Expected '${name}' to be a whole number from ${least} to ${most}, got ${value}`);
  }
}

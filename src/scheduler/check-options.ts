/** Checks of single options: each throws an error that names the option, what it got and what it takes. */
import { nearestNames } from './nearest-names.ts';

/** An options bag is an object, and has no keys but the known ones. */
export function checkKeys(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`The ${what} take an object, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const [near] = nearestNames(key, known, 1);
    throw new TypeError(
      `Unknown option '${key}' in the ${what}` +
        (near === undefined ? `: known are ${known.join(', ')}` : `: did you mean '${near}'?`),
    );
  }
}

/** A whole number of at least `least` and at most `most`. */
export function checkWholeNumber(
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (typeof value !== 'number') throw new TypeError(`Option '${name}' takes a whole number, got ${show(value)}`);
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new RangeError(`Option '${name}' takes a whole number ${range}, got ${value}`);
  }
}

/** Milliseconds: 0 or more, Infinity for no limit. */
export function checkMilliseconds(name: string, value: unknown): void {
  if (typeof value !== 'number')
    throw new TypeError(`Option '${name}' takes milliseconds as a number, got ${show(value)}`);
  if (!(value >= 0)) throw new RangeError(`Option '${name}' takes milliseconds of at least 0, got ${value}`);
}

/** One of a set of words. */
export function checkOneOf(name: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  throw new TypeError(`Option '${name}' takes ${words.map((word) => `'${word}'`).join(' or ')}, got ${show(value)}`);
}

/** A short picture of a value, for messages. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  return Array.isArray(value)
    ? `an array of ${value.length}`
    : `an object of type ${value.constructor?.name ?? 'null'}`;
}

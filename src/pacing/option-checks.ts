/** Checks of the options of pacing: each throws an error that names the option, what it got and what it takes. */
import { describe } from '../signal/wait-options.ts';

/** A number of milliseconds, 0 or more; Infinity is a wait that only something else ends. */
export function checkDelay(name: string, value: unknown): void {
  checkNumber(name, value, 'milliseconds, 0 or more', (ms) => ms >= 0);
}

/** A time between two things that happen again and again: more than nothing. */
export function checkInterval(name: string, value: unknown): void {
  checkNumber(name, value, 'milliseconds, more than 0', (ms) => ms > 0);
}

/** How often something is done: at least once, Infinity for no limit. */
export function checkCount(name: string, value: unknown): void {
  const takes = 'a whole number of at least 1, or Infinity';
  checkNumber(name, value, takes, (count) => count >= 1 && (Number.isInteger(count) || count === Infinity));
}

/** A share of something. */
export function checkFraction(name: string, value: unknown): void {
  checkNumber(name, value, 'a number from 0 to 1', (fraction) => fraction >= 0 && fraction <= 1);
}

/** A finite number of at least `least`. */
export function checkAtLeast(name: string, value: unknown, least: number): void {
  checkNumber(name, value, `a finite number of at least ${least}`, (number) => number >= least && number < Infinity);
}

/** One of a set of words. */
export function checkOneOf(name: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  const takes = words.map((word) => `'${word}'`).join(' or ');
  throw new TypeError(`Expected option '${name}' to be ${takes}, got ${describe(value)}`);
}

/** A function, or nothing. */
export function checkCallback(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new TypeError(`Expected option '${name}' to be a function, got ${describe(value)}`);
}

/** An object, whatever is in it. */
export function checkObject(what: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(`Expected ${what} to be an object, got ${describe(value)}`);
}

function checkNumber(name: string, value: unknown, takes: string, isRight: (value: number) => boolean): void {
  if (typeof value !== 'number') throw new TypeError(`Expected '${name}' to be ${takes}, got ${describe(value)}`);
  if (!isRight(value)) throw new RangeError(`Expected '${name}' to be ${takes}, got ${value}`);
}

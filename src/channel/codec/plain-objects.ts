import { SharedObject } from '../../memory/shared-object.ts';
import { host } from './host.ts';

/**
 * Which objects a structured clone takes for plain ones. A clone drops prototypes, so an instance of a user's class
 * is plain; an object of the platform is not, and must never turn into `{}`. No test in the language tells them apart
 * for certain, so these err on the side of doubt: what they refuse goes by message, which is always exact.
 */
const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertySymbols, prototype: objectPrototype } = Object;
const toString = objectPrototype.toString;
const sourceOf = Function.prototype.toString;
const { isRawJSON } = JSON as typeof JSON & { isRawJSON?: (value: unknown) => boolean };

const NATIVE = /\{\s*\[native code\]\s*\}$/;
const verdicts = new WeakMap<object, boolean>();

/** What `Object.prototype.toString` says of a value: the builtin kinds cannot hide from it unless they carry a tag. */
export function kindOf(value: object): string {
  return toString.call(value);
}

/** Whether an object that `kindOf` calls '[object Object]', whose prototype this is, is cloned as a plain object. */
export function isPlainInstance(value: object, prototype: object | null): boolean {
  if (getOwnPropertySymbols(value).length > 0) return false;
  if (prototype === null) return isRawJSON === undefined || !isRawJSON(value);
  let verdict = verdicts.get(prototype);
  if (verdict === undefined) {
    verdict = isUserPrototype(prototype);
    verdicts.set(prototype, verdict);
  }
  return verdict;
}

/**
 * Whether an object without a single own enumerable key is what it seems. Builtins and platform objects keep their
 * state elsewhere, so one whose prototype was replaced looks just like `{}`.
 */
export function isTrulyEmpty(value: object): boolean {
  return Object.getOwnPropertyNames(value).length === 0 && !host.isBranded(value);
}

/** A prototype made by user code, all the way up to Object.prototype or null. */
function isUserPrototype(prototype: object): boolean {
  for (
    let link: object | null = prototype;
    link !== null && link !== objectPrototype;
    link = getPrototypeOf(link) as object | null
  ) {
    if (link === SharedObject.prototype || host.isProxy(link)) return false;
    // Every interface of the web platform tags its prototype.
    if (getOwnPropertyDescriptor(link, Symbol.toStringTag) !== undefined) return false;
    const made: unknown = getOwnPropertyDescriptor(link, 'constructor')?.value;
    // Iterators, generators and the like have prototypes without a constructor of their own.
    if (typeof made !== 'function') return false;
    if (NATIVE.test(sourceOf.call(made))) return false;
  }
  return true;
}

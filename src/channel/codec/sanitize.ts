import { SharedObject } from '../../memory/shared-object.ts';

/**
 * The same value with whatever cannot be cloned replaced by a description of it, for data that must arrive, such as
 * what hangs on an error. Plain objects and arrays are gone through; anything else is taken or described as a whole.
 */
export function sanitize(value: unknown, seen: Map<object, unknown> = new Map<object, unknown>()): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return describe(value);
  if (typeof value !== 'object' || value === null || value instanceof SharedObject) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (!Array.isArray(value) && !isPlain(value)) return isCloneable(value) ? value : describe(value);
  const copy: object = Array.isArray(value) ? new Array<unknown>(value.length) : {};
  seen.set(value, copy);
  for (const key of Object.keys(value)) {
    let member: unknown;
    try {
      member = (value as Record<string, unknown>)[key];
    } catch {
      continue;
    }
    Object.defineProperty(copy, key, {
      value: sanitize(member, seen),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return copy;
}

/** A value in a few words, such as `[Function: name]`; never throws. */
export function describe(value: unknown): string {
  try {
    if (typeof value === 'function') return `[Function: ${value.name || 'anonymous'}]`;
    if (typeof value !== 'object' || value === null) return String(value);
    const { constructor } = value as { readonly constructor?: unknown };
    return `[object ${typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'Object'}]`;
  } catch {
    return '[object Object]';
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isCloneable(value: object): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Primitives in values that travel by message. The platform's clone would make empty objects of them, so their handles
 * travel in their places and become primitives again on the other side.
 */
import { type Handle, revive, SharedObject } from '../memory/shared-object.ts';

const MARK = 'reveille:handle';

/**
 * `value` with handles in the places of primitives; `value` itself where there are none. Looks into arrays and plain
 * objects.
 */
export function withHandles(value: unknown): unknown {
  return holdsPrimitive(value, new Set())
    ? replace(value, new Map(), (item) => (item instanceof SharedObject ? { [MARK]: item.handle } : undefined))
    : value;
}

/** Undoes {@linkcode withHandles}. */
export function withPrimitives(value: unknown): unknown {
  return replace(value, new Map(), (item) => (isMark(item) ? revive(item[MARK]) : undefined));
}

/** Whether `value` is one that {@linkcode withHandles} has changed. */
export function holdsPrimitive(value: unknown, seen: Set<unknown>): boolean {
  if (value instanceof SharedObject) return true;
  if (!isContainer(value) || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((item) => holdsPrimitive(item, seen));
}

function replace(value: unknown, done: Map<unknown, unknown>, change: (item: unknown) => unknown): unknown {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (!isContainer(value)) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? new Array<unknown>(value.length) : {};
  done.set(value, copy);
  for (const [key, item] of Object.entries(value)) (copy as Record<string, unknown>)[key] = replace(item, done, change);
  return copy;
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}

function isMark(value: unknown): value is { [MARK]: Handle } {
  return isContainer(value) && MARK in value;
}

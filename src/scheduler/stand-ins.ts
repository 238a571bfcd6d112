/**
 * What travels in the place of something else inside a message. The platform's clone would make empty objects of
 * primitives, so their handles travel and become primitives again on the other side; and views whose buffers are moved
 * travel as their parts (see view-parts.ts).
 */
import { type Handle, revive, SharedObject } from '../memory/shared-object.ts';
import type { MovableValue } from '../runtime.ts';
import { isSimpleView, partsOf, viewOf, type ViewParts } from './view-parts.ts';

const HANDLE = 'reveille:handle';
const VIEW = 'reveille:view';

type StandIn = { readonly [HANDLE]: Handle } | { readonly [VIEW]: ViewParts };

/**
 * `value` with stand-ins where they are needed; `value` itself where none is. Looks into arrays and plain objects.
 *
 * @param moved - the buffers that are moved with it
 */
export function withStandIns(value: unknown, moved: readonly MovableValue[]): unknown {
  return needsStandIn(value, moved, new Set()) ? replace(value, new Map(), (item) => standInFor(item, moved)) : value;
}

/** Undoes {@linkcode withStandIns}. */
export function withoutStandIns(value: unknown): unknown {
  return replace(value, new Map(), (item) => {
    if (!isContainer(item)) return undefined;
    if (HANDLE in item) return revive(item[HANDLE] as Handle);
    return VIEW in item ? viewOf(item[VIEW] as ViewParts) : undefined;
  });
}

function standInFor(item: unknown, moved: readonly MovableValue[]): StandIn | undefined {
  if (item instanceof SharedObject) return { [HANDLE]: item.handle };
  return isMovedView(item, moved) ? { [VIEW]: partsOf(item) } : undefined;
}

function isMovedView(item: unknown, moved: readonly MovableValue[]): item is ArrayBufferView<ArrayBuffer> {
  return moved.length > 0 && isSimpleView(item) && moved.includes(item.buffer);
}

function needsStandIn(value: unknown, moved: readonly MovableValue[], seen: Set<unknown>): boolean {
  if (value instanceof SharedObject || isMovedView(value, moved)) return true;
  if (!isContainer(value) || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((item) => needsStandIn(item, moved, seen));
}

/** What is met twice stays one. */
function replace(value: unknown, done: Map<unknown, unknown>, change: (item: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  const changed = change(value);
  if (changed !== undefined) {
    done.set(value, changed);
    return changed;
  }
  if (!isContainer(value)) return value;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? new Array<unknown>(value.length) : {};
  done.set(value, copy);
  for (const [key, item] of Object.entries(value)) (copy as Record<string, unknown>)[key] = replace(item, done, change);
  return copy;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}

/** How primitives describe themselves in reports, by kind. */
import type { Arena } from '../memory/arena.ts';
import { load } from '../memory/atomic.ts';
import { KIND, STATE } from './primitive-block.ts';

/** What a primitive is like at the moment. */
export interface Description {
  /** In words, as 'held by thread 3'. */
  readonly state: string;
  /** The threads that others wait for: those that have the lock. None where anybody may let the waiters go. */
  readonly holders: readonly number[];
}

type Describe = (arena: Arena, offset: number) => Description;

const describers = new Map<number, Describe>();
const names = new Map<number, string>(
  Object.entries(KIND).map(([name, kind]) => [kind, name.slice(0, 1).toUpperCase() + name.slice(1)]),
);

/** Says how primitives of a kind describe themselves. Called once per kind, by the file that defines it. */
export function registerDescription(kind: number, describe: Describe): void {
  describers.set(kind, describe);
}

/** The primitive's name, as its class has it. */
export function nameOfKind(kind: number): string {
  return names.get(kind) ?? `primitive of kind ${kind}`;
}

/** Describes the primitive at `offset`; one that does not say how by its state word alone. */
export function describePrimitive(arena: Arena, offset: number, kind: number): Description {
  const describe = describers.get(kind);
  if (describe !== undefined) return describe(arena, offset);
  return { state: `state ${load(arena.i32, (offset >> 2) + STATE)}`, holders: [] };
}

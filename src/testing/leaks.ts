/** What a program holds that outlives the code which made it, if that code forgets to give it back. */
import process from 'node:process';
import { existingDefaultArena } from '../memory/arena.ts';
import { activities } from '../signal/activities.ts';
import { deadlines } from '../signal/deadlines.ts';
import { otherThreads } from '../signal/doorbell.ts';
import { loopHolders } from '../signal/keep-alive.ts';
import { KIND } from '../signal/primitive-block.ts';
import { BARRIER_POINT_KIND } from './barrier-point.ts';

/** Something that was left behind. */
export interface Leak {
  /**
   * - `pool`, `poller`, `lifecycle`, `task` (of a group): what was not closed or stopped, or has not ended, by name
   * - `thread`: a thread of the engine that has not ended
   * - `deadline`: a timeout, a sleep or the like that is neither over nor cancelled
   * - `wait`: a wait that keeps the process alive
   * - `block`: shared memory: a primitive that was not disposed, a value that is still on its way
   * - `resource`: one of a lifecycle that was not stopped; or what the runtime itself says keeps the process alive: a
   *   timer, a socket, a child process
   */
  readonly kind: string;
  /** What exactly, for people. */
  readonly what: string;
  readonly count: number;
}

/** What is held at a moment. */
export interface Holdings {
  /** What has a name, and so can be told apart. */
  readonly named: ReadonlyMap<string, Leak>;
  readonly threads: number;
  readonly deadlines: number;
  readonly waits: number;
  /** Blocks of the arena, by kind. */
  readonly blocks: ReadonlyMap<number, { readonly blocks: number; readonly bytes: number }>;
  /** What keeps the process alive, by the runtime's own names. Node tells all, Deno its timers, Bun nothing. */
  readonly resources: ReadonlyMap<string, number>;
}

/** Under way rather than held: requests, and callbacks that come in this turn of the event loop. */
const PASSING = /Req|^Immediate$|^TickObject$|^Microtask$/;

/** Activities that are counted otherwise: threads that no pool has started, waits and deadlines one by one. */
const COUNTED: ReadonlySet<string> = new Set(['thread', 'wait', 'timer']);

const POOL_KINDS: ReadonlyMap<number, string> = new Map([
  [0x52455601, "a pool's region"],
  [0x52455602, 'the value of a task'],
]);

/** What is held now. */
export function holdingsNow(): Holdings {
  const arena = existingDefaultArena();
  const byKind = arena?.stats().byKind ?? {};
  return {
    named: namedActivities(),
    threads: arena === undefined ? 0 : otherThreads(arena).length,
    deadlines: deadlines().size,
    waits: loopHolders(),
    blocks: new Map(Object.entries(byKind).map(([kind, held]) => [Number(kind), held])),
    resources: resourcesNow(),
  };
}

/** Nothing of the engine's, and of the runtime's what it holds now. */
export function holdingsOfNobody(): Holdings {
  return { named: new Map(), threads: 0, deadlines: 0, waits: 0, blocks: new Map(), resources: resourcesNow() };
}

/** What is held now and was not before. Resources whose name is among `ignored` do not count. */
export function leaksBetween(before: Holdings, now: Holdings, ignored: readonly string[]): Leak[] {
  const leaks: Leak[] = [];
  const add = (kind: Leak['kind'], what: string, count: number): void => {
    if (count > 0) leaks.push({ kind, what, count });
  };
  for (const [key, { kind, what, count }] of now.named) add(kind, what, count - (before.named.get(key)?.count ?? 0));
  add('thread', 'of the engine, not ended', now.threads - before.threads);
  add('wait', 'keeping the process alive', now.waits - before.waits);
  add('deadline', 'neither over nor cancelled', now.deadlines - before.deadlines);
  for (const [kind, { blocks, bytes }] of now.blocks) {
    const known = before.blocks.get(kind) ?? { blocks: 0, bytes: 0 };
    add('block', `${nameOf(kind)}, ${Math.max(0, bytes - known.bytes)} bytes`, blocks - known.blocks);
  }
  for (const [name, count] of now.resources) {
    if (!ignored.includes(name)) add('resource', name, count - (before.resources.get(name) ?? 0));
  }
  return leaks;
}

/** A list for people. */
export function listLeaks(leaks: readonly Leak[]): string {
  return leaks.map(({ kind, what, count }) => `  ${count} ${kind}${count === 1 ? '' : 's'}: ${what}`).join('\n');
}

function namedActivities(): Map<string, Leak> {
  const byName = new Map<string, Leak>();
  for (const { kind, name, detail } of activities()) {
    const key = `${kind} ${name}`;
    const count = (byName.get(key)?.count ?? 0) + 1;
    if (!COUNTED.has(kind)) byName.set(key, { kind, what: `${name}, ${detail}`, count });
  }
  return byName;
}

function resourcesNow(): Map<string, number> {
  const { getActiveResourcesInfo } = process as { getActiveResourcesInfo?: () => string[] };
  const counts = new Map<string, number>();
  for (const name of getActiveResourcesInfo?.() ?? []) {
    if (!PASSING.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function nameOf(kind: number): string {
  if (kind === BARRIER_POINT_KIND) return 'barrierPoint';
  const [name] = Object.entries(KIND).find(([, number]) => number === kind) ?? [];
  return name ?? POOL_KINDS.get(kind) ?? `kind ${kind}`;
}

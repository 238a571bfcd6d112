/** Who waits for what, read out of shared memory: also when the threads in question are stuck. */
import { type Arena, defaultArena } from '../memory/arena.ts';
import { runtime } from '../runtime.ts';
import { findCircles, type WaitFor } from './deadlock-search.ts';
import { describePrimitive, nameOfKind } from './description.ts';
import { SEVERAL, takenPlaces, type ThreadPlace } from './doorbell.ts';
import { forEachInterested } from './primitive-block.ts';
import { recoveryOf } from './recovery.ts';
import { localWaits } from './local-waits.ts';

/** A primitive that somebody waits for, or has. */
export interface InspectedPrimitive {
  /** Its class. */
  readonly kind: string;
  /** Where it lies in the arena: that of its `handle`. */
  readonly offset: number;
  /** In words, as 'held by thread 3'. */
  readonly state: string;
  /** The threads that have it, if it is a lock. */
  readonly holders: readonly number[];
  /** The threads in which somebody waits for it. */
  readonly waiting: readonly number[];
}

/** A thread of the arena. */
export interface InspectedThread {
  /** Its place in the arena's thread table: the number that states and deadlocks name. */
  readonly thread: number;
  /** The runtime's own `threadId`; undefined for the threads of a pool. */
  readonly threadId: number | undefined;
  /** Whether it is blocked in a wait. */
  readonly isBlocked: boolean;
}

/** Something that the inspecting thread waits for. */
export interface InspectedWait {
  /** The method that waits, as 'Mutex.lock'. */
  readonly method: string;
  /** For how many milliseconds it has. */
  readonly waited: number;
  /** The primitives that it waits for, as 'Mutex at 16448'. */
  readonly for: readonly string[];
}

/** Threads of which each waits for a lock that the next one has. */
export interface InspectedDeadlock {
  readonly threads: readonly number[];
  /**
   * Whether all of them are blocked, so that nothing but a time-out can end it. Otherwise a flow of one of them other
   * than the one that waits may have the lock, and may release it.
   */
  readonly isCertain: boolean;
  /** The deadlock in a sentence. */
  readonly description: string;
}

/** What {@linkcode inspectWaits} found. Plain data. */
export interface WaitsReport {
  readonly threads: readonly InspectedThread[];
  readonly primitives: readonly InspectedPrimitive[];
  /** Of the inspecting thread. */
  readonly waits: readonly InspectedWait[];
  readonly deadlocks: readonly InspectedDeadlock[];
}

/**
 * Reports who waits for what in all threads of this thread's arena, and which of them wait for each other in a circle.
 *
 * The threads are not stopped for it: what changes meanwhile may show half. A deadlock shows again when asked again.
 *
 * @example
 * ```ts
 * console.error(formatWaits(inspectWaits()));
 * ```
 */
export function inspectWaits(): WaitsReport {
  const arena = defaultArena();
  const places = takenPlaces(arena);
  const primitives = primitivesInUse(arena);
  const now = runtime().now();
  return {
    threads: places.map(({ thread, threadId, blockedOn }) => ({ thread, threadId, isBlocked: blockedOn !== 0 })),
    primitives,
    waits: localWaits(arena).map(({ what, since, waiters }) => ({
      method: what,
      waited: now - since,
      for: waiters.map(({ primitive }) => `${primitive.name} at ${primitive.handle.offset}`),
    })),
    deadlocks: deadlocks(places, primitives),
  };
}

/** A report as text, a line for each fact. */
export function formatWaits({ threads, primitives, waits, deadlocks: found }: WaitsReport): string {
  const blocked = threads.filter(({ isBlocked }) => isBlocked).map(({ thread }) => thread);
  const lines = [
    ...found.map(({ description }) => description),
    ...primitives.map(({ kind, offset, state, waiting }) => {
      const waiters = waiting.length === 0 ? '' : `; waited for by ${threadsInWords(waiting)}`;
      return `${kind} at ${offset}: ${state}${waiters}`;
    }),
    ...waits.map((wait) => `Here ${wait.method} has waited ${Math.round(wait.waited)} ms for ${wait.for.join(' or ')}`),
  ];
  if (blocked.length > 0) lines.push(`Blocked: ${threadsInWords(blocked)}`);
  return lines.length === 0 ? 'Nobody waits for anything' : lines.join('\n');
}

function primitivesInUse(arena: Arena): InspectedPrimitive[] {
  const found: InspectedPrimitive[] = [];
  for (const { offset, kind } of arena.blocks()) {
    if (recoveryOf(kind) === undefined) continue;
    const waiting: number[] = [];
    forEachInterested(arena.i32, offset >> 2, (thread) => waiting.push(thread));
    const { state, holders } = describePrimitive(arena, offset, kind);
    if (waiting.length + holders.length > 0) {
      found.push({ kind: nameOfKind(kind), offset, state, holders, waiting });
    }
  }
  return found;
}

function deadlocks(places: readonly ThreadPlace[], primitives: readonly InspectedPrimitive[]): InspectedDeadlock[] {
  const blockedOn = new Map(places.map((place) => [place.thread, place.blockedOn]));
  const edges = primitives.flatMap(({ kind, offset, holders, waiting }) =>
    waiting
      // While a thread is blocked, what its other flows wait for holds nobody up.
      .filter((from) => [0, offset].includes(blockedOn.get(from) ?? SEVERAL))
      .flatMap((from) => holders.map((to): WaitFor => ({ from, to, lock: `${kind} at ${offset}` })))
      // A flow that waits for another one of its own thread is what locks are for.
      .filter(({ from, to }) => from !== to),
  );
  return findCircles(edges).map((circle) => {
    const isCertain = circle.every(({ from }) => blockedOn.get(from) !== 0);
    const steps = circle.map(({ from, to, lock }) => `thread ${from} waits for the ${lock}, which thread ${to} has`);
    const what = isCertain ? 'Deadlock' : 'Deadlock, unless other flows of these threads have the locks';
    return { threads: circle.map(({ from }) => from), isCertain, description: `${what}: ${steps.join('; ')}` };
  });
}

function threadsInWords(threads: readonly number[]): string {
  return `${threads.length === 1 ? 'thread' : 'threads'} ${threads.join(', ')}`;
}

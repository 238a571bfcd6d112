/** What primitives ask about this thread: who waits here, and who is to be woken. */
import { ReveilleError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { ring } from './doorbell.ts';
import { WaitSet } from './wait-set.ts';
import type { Wait, Waiter, WaitQueue } from './wait.ts';

/** Tries to take what `waiter` wants without waiting; not `past` those of this thread that came before it. */
export function tryNow(waiter: Waiter, past = false): boolean {
  const { primitive } = waiter;
  if (!past && primitive.isExclusive && hasLocalWaiters(primitive.arena, primitive.handle.offset)) return false;
  return primitive.tryTake(waiter, localThread(primitive.arena));
}

/** What this thread waits for now, by primitive. */
export function localQueues(): Iterable<WaitQueue> {
  return WaitSet.existing?.queues() ?? [];
}

/** Whether this thread waits for the primitive at `offset` of `arena`. */
export function hasLocalWaiters(arena: Arena, offset: number): boolean {
  const set = WaitSet.existing;
  return set !== undefined && set.doorbell.arena === arena && set.hasWaiters(offset);
}

/** This thread's number in `arena`, or -1 as long as it has not waited there: then nobody has to ring it. */
export function localThread(arena: Arena): number {
  const doorbell = WaitSet.existing?.doorbell;
  return doorbell !== undefined && doorbell.arena === arena ? doorbell.thread : -1;
}

/**
 * This thread's number in `arena`; attaches it if need be.
 *
 * @throws {ReveilleError} if this thread lives in another arena: what it holds here could not be found if it died.
 */
export function attachedThread(arena: Arena): number {
  const known = localThread(arena);
  if (known >= 0) return known;
  const { doorbell } = WaitSet.current();
  if (doorbell.arena === arena) return doorbell.thread;
  throw new ReveilleError(
    'Cannot lock a primitive of another arena: this thread had its own before it was given the handle; ' +
      'make the primitive from its handle before any other',
  );
}

/** Has this thread's waiters for the primitive at `offset` take what they were already rung for. */
export function lookNow(arena: Arena, offset: number): void {
  if (localThread(arena) >= 0) WaitSet.existing?.lookAt(offset);
}

/** The waits of this thread in `arena` that are under way. */
export function localWaits(arena: Arena): Wait[] {
  const waits = new Set<Wait>();
  if (localThread(arena) < 0) return [];
  for (const queue of localQueues()) {
    for (let waiter = queue.head; waiter !== undefined; waiter = waiter.next) waits.add(waiter.wait);
  }
  return [...waits];
}

/** Has `thread` look at the primitive at `offset`: at once if it is this thread, by a ring otherwise. */
export function wake(arena: Arena, offset: number, thread: number): void {
  const set = WaitSet.existing;
  if (set !== undefined && thread === localThread(arena)) set.lookAt(offset);
  else ring(arena.i32, thread);
}

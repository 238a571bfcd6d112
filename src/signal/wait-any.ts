/**
 * Waits for the first of several things.
 *
 * One wait has a place in the queue of each primitive; whichever lets it go takes it out of all the others in the same
 * step (wait.ts). So exactly one of them gives something, and nothing has to be given back.
 */
import { Primitive } from './primitive.ts';
import { describe, isAbortSignal, type SyncWaitOptions, type WaitOptions } from './wait-options.ts';
import { Wait } from './wait.ts';
import { type OtherSources, waitBlocking, waitInLoop } from './waiting.ts';
import { watchPromise } from './watch-promise.ts';

/** What can be waited for: a primitive, a signal until it is aborted, a promise until it is fulfilled. */
export type Waitable = Primitive | AbortSignal | PromiseLike<unknown>;

/**
 * Waits until one of `things` has happened and resolves to its index; the first, if several have happened already.
 *
 * Only the one at the index gives anything: a semaphore one permit, which the caller releases with
 * `semaphore.release()`; an auto-reset event is taken down. At a barrier the wait has come for as long as it lasts, and
 * unless the barrier is what came first it has not come. An aborted signal among `things` is something that has
 * happened, not an error; a promise that is rejected rejects the wait.
 *
 * @throws the reason of `options.signal`, or a DeadlineExceededError after `options.timeout` milliseconds
 * @example
 * ```ts
 * const index = await waitAny([changed, stopped, request.signal], { timeout: 1_000 });
 * ```
 */
export function waitAny(things: Iterable<Waitable>, options: WaitOptions = {}): Promise<number> {
  const wait = new Wait();
  const others: Other[] = [];
  try {
    for (const [index, thing] of listOf(things).entries()) {
      if (thing instanceof Primitive) addPrimitive(wait, thing, index);
      else if (isAbortSignal(thing) || isPromiseLike(thing)) others.push({ index, thing });
      else throw refusal(index, thing, 'a primitive, a signal or a promise');
    }
  } catch (error) {
    return Promise.reject(error);
  }
  return waitInLoop(wait, 'waitAny', options, itself, others.length === 0 ? undefined : sources(others));
}

/**
 * Blocks the thread until one of `things` has happened and returns its index.
 *
 * Only primitives: no signal is aborted and no promise settles while the thread is blocked.
 *
 * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it need not wait or `allowBlocking`
 *   is
 *   given
 */
export function waitAnySync(things: Iterable<Primitive>, options: SyncWaitOptions = {}): number {
  const wait = new Wait();
  for (const [index, thing] of listOf<unknown>(things).entries()) {
    if (!(thing instanceof Primitive)) {
      throw refusal(index, thing, 'a primitive (await waitAny for others)');
    }
    addPrimitive(wait, thing, index);
  }
  return waitBlocking(wait, 'waitAnySync', 'waitAny', options, itself);
}

interface Other {
  readonly index: number;
  readonly thing: AbortSignal | PromiseLike<unknown>;
}

function sources(others: readonly Other[]): OtherSources {
  return {
    happened: others.find(({ thing }) => isAbortSignal(thing) && thing.aborted)?.index ?? Infinity,
    attach(decide, fail) {
      const undo = others.map(({ index, thing }) => {
        const happen = (): void => decide(index);
        if (!isAbortSignal(thing)) return watchPromise(thing, { fulfilled: happen, rejected: fail });
        thing.addEventListener('abort', happen);
        return () => thing.removeEventListener('abort', happen);
      });
      return () => undo.forEach((each) => each());
    },
  };
}

function addPrimitive(wait: Wait, primitive: Primitive, index: number): void {
  primitive.check();
  primitive.addTo(wait, index);
}

function listOf<T>(things: Iterable<T>): T[] {
  if (typeof things !== 'object' || things === null || !(Symbol.iterator in things)) {
    throw new TypeError(`Expected what to wait for to be a list, got ${describe(things)}`);
  }
  const list = [...things];
  if (list.length === 0) throw new RangeError('Cannot wait for the first of nothing: the list is empty');
  return list;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as Partial<PromiseLike<unknown>>).then === 'function';
}

function refusal(index: number, thing: unknown, takes: string): TypeError {
  return new TypeError(`Expected what to wait for at index ${index} to be ${takes}, got ${describe(thing)}`);
}

function itself(index: number): number {
  return index;
}

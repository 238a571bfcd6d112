/** How a wait is carried out: asynchronously, in the event loop, or by blocking the thread. */
import { ReveilleError } from '../errors.ts';
import { type Deadline, deadlines } from './deadlines.ts';
import { runtime } from '../runtime.ts';
import { holdLoop, releaseLoop } from './keep-alive.ts';
import { checkMayBlock } from './may-block.ts';
import { checkWaitOptions, type SyncWaitOptions, timeoutError, type WaitOptions } from './wait-options.ts';
import { tryNow } from './local-waits.ts';
import { WaitSet } from './wait-set.ts';
import type { Wait } from './wait.ts';

/** What a wait is for besides primitives. */
export interface OtherSources {
  /** The index of the first that has happened already, or Infinity. */
  readonly happened: number;
  /** Listens to the others; never decides before it returns. Returns what undoes it. */
  attach(decide: (index: number) => void, fail: (error: unknown) => void): () => void;
}

/**
 * Waits in the event loop.
 *
 * Taking and making the result are one synchronous step: from the instant at which something is taken, the caller's
 * promise is resolved with it, and no cancellation can come between.
 *
 * @param what - what is being done, for messages
 * @param result - makes the result once the wait was won by the thing at an index
 */
export function waitInLoop<T>(
  wait: Wait,
  what: string,
  options: WaitOptions,
  result: (index: number) => T,
  others?: OtherSources,
): Promise<T> {
  try {
    checkWaitOptions(options);
    const { signal, timeout = Infinity, ref = true } = options;
    signal?.throwIfAborted();
    const happened = others?.happened ?? Infinity;
    for (const waiter of wait.waiters) {
      if (waiter.index < happened && tryNow(waiter)) return Promise.resolve(result(waiter.index));
    }
    if (happened !== Infinity) return Promise.resolve(result(happened));
    if (timeout === 0 && others === undefined) throw timeoutError(what, timeout);
    const set = waitSetFor(wait, what);

    return new Promise<T>((resolve, reject) => {
      const abort = (): void => set.abandon(wait, signal?.reason);
      wait.onSettled = () => {
        signal?.removeEventListener('abort', abort);
        deadline?.cancel();
        unwatch?.();
        detach?.();
        if (ref) releaseLoop();
        if (wait.hasFailed) reject(wait.error);
        else resolve(result(wait.winner));
      };
      wait.holdsLoop = ref;
      if (ref) holdLoop();
      signal?.addEventListener('abort', abort);
      const late = (): void => set.abandon(wait, timeoutError(what, timeout));
      const deadline = timeout === Infinity ? undefined : addTimeout(timeout, late);
      const unwatch = wait.changesIn === Infinity ? undefined : watchOwnChanges(wait, set);
      const detach = others?.attach(
        (index) => set.decide(wait, index),
        (error) => set.abandon(wait, error),
      );
      set.start(wait);
    });
  } catch (error) {
    // An async function in all but the cost: what is wrong shows as a rejection.
    return Promise.reject(error);
  }
}

/**
 * Blocks the thread.
 *
 * @param twin - the method to use on a thread that must not block
 */
export function waitBlocking<T>(
  wait: Wait,
  what: string,
  twin: string,
  options: SyncWaitOptions,
  result: (index: number) => T,
): T {
  checkWaitOptions(options);
  const { signal, timeout = Infinity, allowBlocking = false } = options;
  signal?.throwIfAborted();
  // Before those that wait asynchronously in this thread: they cannot go on while it is blocked.
  for (const waiter of wait.waiters) {
    if (tryNow(waiter, true)) return result(waiter.index);
  }
  if (timeout === 0) throw timeoutError(what, timeout);
  if (!allowBlocking) checkMayBlock(what, twin);
  const set = waitSetFor(wait, what);
  set.block(wait, runtime().now() + timeout);
  if (!wait.isSettled) set.abandon(wait, timeoutError(what, timeout));
  if (wait.hasFailed) throw wait.error;
  return result(wait.winner);
}

/** Looks again whenever something waited for may have changed by itself. Returns what ends that. */
function watchOwnChanges(wait: Wait, set: WaitSet): () => void {
  let next: Deadline | undefined;
  const watch = (): void => {
    const ms = wait.changesIn;
    // Its time may be kept by another clock than that of the timers: then it is looked at once more.
    if (!wait.isSettled && ms !== Infinity) next = addTimeout(ms, look);
  };
  const look = (): void => {
    for (const { primitive } of wait.waiters) set.lookAt(primitive.handle.offset);
    watch();
  };
  watch();
  return () => next?.cancel();
}

function addTimeout(ms: number, callback: () => void): Deadline {
  const all = deadlines();
  return all.add(all.now() + ms, callback);
}

/** The waiters of this thread, which is rung in one arena: its own. Notes what is about to wait, and since when. */
function waitSetFor(wait: Wait, what: string): WaitSet {
  const set = WaitSet.current();
  wait.what = what;
  wait.since = runtime().now();
  for (const { primitive } of wait.waiters) {
    if (primitive.arena === set.doorbell.arena) continue;
    throw new ReveilleError(
      `Cannot wait for a ${primitive.name} of another arena: this thread had its own before it was given the handle; ` +
        'make the primitive from its handle before any other',
    );
  }
  return set;
}

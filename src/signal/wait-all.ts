/**
 * Waits for all of several things.
 *
 * What is taken by waiting (permits, auto-reset events) is taken last, one after the other, in the order in which it
 * lies in the arena. All threads share that order, so two calls that want the same things can never each hold what the
 * other waits for. What was taken is given back if the wait fails.
 */
import { deadlines } from './deadlines.ts';
import { Primitive } from './primitive.ts';
import { checkWaitOptions, isAbortSignal, timeoutError, type WaitOptions } from './wait-options.ts';
import { waitAny, type Waitable } from './wait-any.ts';

/**
 * Waits until each of `things` has happened, not necessarily all at one moment. Each semaphore among them gives one
 * permit, which the caller releases with `semaphore.release()`; each auto-reset event is taken down. If the wait fails,
 * all of that has been given back.
 *
 * @throws the reason of `options.signal`, or a DeadlineExceededError after `options.timeout` milliseconds
 * @example
 * ```ts
 * await waitAll([listening, cacheFilled], { timeout: 5_000 });
 * ```
 */
export async function waitAll(things: Iterable<Waitable>, options: WaitOptions = {}): Promise<void> {
  checkWaitOptions(options);
  const { signal, timeout = Infinity, ref = true } = options;
  signal?.throwIfAborted();
  const list = [...things];
  const primitives = list.filter((thing) => thing instanceof Primitive);
  const others = list.filter((thing) => !(thing instanceof Primitive));
  const promises = others.filter((thing): thing is PromiseLike<unknown> => !isAbortSignal(thing));

  // One end for all the waits below, so that each step need not know what is left of the time.
  const end = new AbortController();
  const abort = (): void => end.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const time = deadlines();
  const deadline = time.add(time.now() + timeout, () => end.abort(timeoutError('waitAll', timeout)));
  const step: WaitOptions = { signal: end.signal, ref };
  const held: Primitive[] = [];
  try {
    // All promises as one: a rejection counts at once, whichever it is.
    if (promises.length > 0) await waitAny([Promise.all(promises)], step);
    for (const other of others.filter(isAbortSignal)) await waitAny([other], step);
    for (const primitive of primitives.filter(({ isExclusive }) => !isExclusive)) await waitAny([primitive], step);
    for (const primitive of primitives.filter(({ isExclusive }) => isExclusive).sort(byPlace)) {
      await waitAny([primitive], step);
      held.push(primitive);
    }
  } catch (error) {
    for (const primitive of held) {
      if (!primitive.isDisposed) primitive.giveBack(1);
    }
    throw error;
  } finally {
    deadline.cancel();
    signal?.removeEventListener('abort', abort);
  }
}

function byPlace(a: Primitive, b: Primitive): number {
  return a.handle.offset - b.handle.offset;
}

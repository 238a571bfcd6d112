/** Runs a task on each item of an iterable, pulling only what can run. */

/** Options for `pool.map`. */
export interface MapOptions {
  /** How many items are in flight at the same time. @default what keeps every thread busy */
  readonly concurrency?: number;
  /** Results in the order of the items; otherwise as they come. @default true */
  readonly ordered?: boolean;
  /** Ends the iteration: what runs is cancelled. */
  readonly signal?: AbortSignal;
}

/** What is in flight: its result once that is here. */
class Flight<R> {
  over = false;
  value: R | undefined;
}

/**
 * Yields the results of `run(item)`. Items are pulled while fewer than `concurrency` results are unread or out, so a slow
 * consumer slows the source down, and a source that has no next item yet holds nothing back. The first error ends the
 * iteration; leaving it early cancels what is out.
 */
export async function* mapTasks<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  run: (item: T, signal: AbortSignal) => Promise<R>,
  concurrency: number,
  ordered: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<R, void, undefined> {
  signal?.throwIfAborted();
  const iterator = iteratorOf(items);
  const stop = new AbortController();
  /** In the order of the items. */
  const flights = new Set<Flight<R>>();
  const landed: Array<Flight<R>> = [];
  let failure: { readonly error: unknown } | undefined;
  let pulling = false;
  let exhausted = false;
  // Whatever happens wakes the one loop below, which then looks at all the facts.
  let wake: () => void = () => {};
  const fail = (error: unknown): void => {
    failure ??= { error };
    wake();
  };
  const start = (item: T): void => {
    const flight = new Flight<R>();
    flights.add(flight);
    run(item, stop.signal).then((value) => {
      flight.value = value;
      flight.over = true;
      if (!ordered) landed.push(flight);
      wake();
    }, fail);
  };
  const take = (step: IteratorResult<T>): void => {
    pulling = false;
    if (step.done === true) exhausted = true;
    else start(step.value);
    wake();
  };
  const pull = (): void => {
    pulling = true;
    try {
      const step = iterator.next();
      if (isPromise(step)) step.then(take, (error: unknown) => ((exhausted = true), fail(error)));
      else take(step);
    } catch (error) {
      exhausted = true;
      fail(error);
    }
  };
  const next = (): Flight<R> | undefined => {
    if (!ordered) return landed.shift();
    const [oldest] = flights;
    return oldest?.over === true ? oldest : undefined;
  };
  const onAbort = (): void => fail(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      while (!pulling && !exhausted && failure === undefined && flights.size < concurrency) pull();
      if (failure !== undefined) throw failure.error;
      const flight = next();
      if (flight !== undefined) {
        flights.delete(flight);
        yield flight.value as R;
      } else if (exhausted && flights.size === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stop.abort();
    // Not awaited: a source that is in the middle of its next item answers only after that.
    if (!exhausted) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown }).then === 'function';
}

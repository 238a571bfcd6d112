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

type Outcome<R> = { readonly value: R } | { readonly error: unknown };

/**
 * Yields the results of `run(item)`. Items are pulled while fewer than `concurrency` results are unread or out, so a slow
 * consumer slows the source down. The first error ends the iteration; leaving it early cancels what is out.
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
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const out = new Map<number, Promise<readonly [number, Outcome<R>]>>();
  let next = 0;
  let exhausted = false;
  let oldest = 0;
  const start = (item: T): void => {
    const key = next++;
    out.set(
      key,
      run(item, stop.signal).then(
        (value) => [key, { value }] as const,
        (error: unknown) => [key, { error }] as const,
      ),
    );
  };
  try {
    for (;;) {
      while (!exhausted && out.size < concurrency) {
        const step = await iterator.next();
        if (step.done === true) exhausted = true;
        else start(step.value);
      }
      if (out.size === 0) return;
      const pending = ordered ? (out.get(oldest) as Promise<readonly [number, Outcome<R>]>) : Promise.race(out.values());
      const [key, outcome] = await pending;
      out.delete(key);
      if (ordered) oldest++;
      if ('error' in outcome) throw outcome.error;
      yield outcome.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stop.abort();
    if (!exhausted) await iterator.return?.();
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

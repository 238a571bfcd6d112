/**
 * Listens to a promise in a way that can be undone. A promise keeps what was passed to `then` until it settles, so
 * waiting again and again for the first of several, one of which is a promise that lives long, would pile up callbacks.
 * Here each promise gets one callback, ever, which holds a set that listeners leave.
 */
interface Watched {
  readonly listeners: Set<PromiseListener>;
  outcome: { readonly ok: true } | { readonly ok: false; readonly error: unknown } | undefined;
}

/** Called once, when the promise settles. */
export interface PromiseListener {
  fulfilled(): void;
  rejected(error: unknown): void;
}

const watched = new WeakMap<PromiseLike<unknown>, Watched>();

/** Tells `listener` of the promise's outcome, never before this returns. Returns what undoes it. */
export function watchPromise(promise: PromiseLike<unknown>, listener: PromiseListener): () => void {
  let entry = watched.get(promise);
  if (entry === undefined) {
    entry = watch(promise);
    watched.set(promise, entry);
  }
  const { listeners } = entry;
  listeners.add(listener);
  if (entry.outcome !== undefined) {
    const known = entry;
    queueMicrotask(() => tell(known));
  }
  return () => void listeners.delete(listener);
}

function watch(promise: PromiseLike<unknown>): Watched {
  const entry: Watched = { listeners: new Set(), outcome: undefined };
  promise.then(
    () => {
      entry.outcome = { ok: true };
      tell(entry);
    },
    (error: unknown) => {
      entry.outcome = { ok: false, error };
      tell(entry);
    },
  );
  return entry;
}

function tell({ listeners, outcome }: Watched): void {
  for (const listener of listeners) {
    listeners.delete(listener);
    if (outcome?.ok === true) listener.fulfilled();
    else listener.rejected(outcome?.error);
  }
}

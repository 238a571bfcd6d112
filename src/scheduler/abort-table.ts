/**
 * Who is to be told when a signal fires: one listener per signal, however many tasks share it, so that ten thousand
 * tasks on one signal are one callback, and leaving is no search through a list.
 */
const interested = new WeakMap<AbortSignal, { readonly callbacks: Set<() => void>; readonly listener: () => void }>();

/** Calls `callback` once when `signal` fires. It must not have fired. */
export function onAbort(signal: AbortSignal, callback: () => void): void {
  let entry = interested.get(signal);
  if (entry === undefined) {
    const callbacks = new Set<() => void>();
    const listener = (): void => {
      interested.delete(signal);
      for (const each of callbacks) each();
    };
    entry = { callbacks, listener };
    interested.set(signal, entry);
    signal.addEventListener('abort', listener, { once: true });
  }
  entry.callbacks.add(callback);
}

/** Takes a callback back. */
export function offAbort(signal: AbortSignal, callback: () => void): void {
  const entry = interested.get(signal);
  if (entry === undefined || !entry.callbacks.delete(callback) || entry.callbacks.size > 0) return;
  interested.delete(signal);
  signal.removeEventListener('abort', entry.listener);
}

import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import '../support/install-runtime.ts';

/** Runs `body` on a virtual clock, and checks that nothing still waits on it in the end. */
export async function onVirtualClock(body: (clock: VirtualClock) => Promise<void>): Promise<void> {
  const clock = new VirtualClock({ now: 1_000 }).install();
  try {
    await body(clock);
    if (clock.pending !== 0) throw new Error(`${clock.pending} deadlines were left behind`);
  } finally {
    clock[Symbol.dispose]();
  }
}

/** A promise that the test fulfils. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}

/** An AbortSignal's number of listeners: what a wait adds it must take away. */
export function countListeners(signal: AbortSignal): () => number {
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>): void => {
    count++;
    addEventListener.apply(signal, args);
  };
  const removed = new Set<unknown>();
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>): void => {
    if (!removed.has(args[1])) count--;
    removed.add(args[1]);
    removeEventListener.apply(signal, args);
  };
  return () => count;
}

/** What can end a wait from outside: a signal, and a time. Whichever comes first takes the other away. */
import { type Deadlines, deadlines } from '../signal/deadlines.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import type { WaitOptions } from '../signal/wait-options.ts';

/** How long something may go on. */
export interface Limits {
  /** Whose time `until` is. */
  readonly time: Deadlines;
  /** When it is over; Infinity for never. */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
  /** Whether the process stays alive for it. */
  readonly ref: boolean;
}

/** What the options of a wait come to if it starts now. */
export function limitsOf(
  { signal, timeout = Infinity, ref = true }: WaitOptions,
  time: Deadlines = deadlines(),
): Limits {
  return { time, until: time.now() + timeout, signal, ref };
}

/**
 * Calls `onTime` once `until` has come or `onAbort` once the signal is aborted, whichever comes first, and nothing
 * after that. Never calls back before it returns; a signal that is aborted already is the caller's to see.
 *
 * @returns what ends it without a call, leaving nothing behind. Ending it twice is the same as once.
 */
export function watchLimits(limits: Limits, onTime: () => void, onAbort: (reason: unknown) => void): () => void {
  const { time, until, signal, ref } = limits;
  const hold = new LoopHold();
  const end = (): void => {
    deadline?.cancel();
    signal?.removeEventListener('abort', abort);
    hold.release();
  };
  const abort = (): void => {
    end();
    onAbort(signal?.reason);
  };
  const late = (): void => {
    end();
    onTime();
  };
  if (ref) hold.hold();
  signal?.addEventListener('abort', abort);
  const deadline = until === Infinity ? undefined : time.add(until, late);
  return end;
}

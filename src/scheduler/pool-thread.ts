/** A pool thread as the pool sees it. */
import type { Deadline } from '../pacing/deadlines.ts';
import type { Thread } from '../runtime.ts';
import type { CompletionReader } from './completion-ring.ts';

/** How a thread came to its end. `stuck`: it was told to stop and to end, and there is no proof that it has. */
export type ThreadEnd = 'exited' | 'terminated' | 'stuck';

export class PoolThread {
  readonly index: number;
  readonly reader: CompletionReader;
  /** Its place in the arena's thread table. */
  readonly doorbell: number;
  readonly startedAt: number;
  thread!: Thread;
  state: 'starting' | 'ready' | 'stopping' = 'starting';
  /** Why it ends, when the pool ends it; and what it died of, when it said so. */
  reason: string | undefined;
  cause: unknown;
  terminated = false;
  /** The code that it said it exits with. */
  exitCode: number | undefined;
  /** When the pool stops waiting for its end. */
  patience: Deadline | undefined;
  /** It counts no longer: it has ended, or was given up. */
  isGone = false;
  /** The pool has stopped waiting: the thread counts as stuck, unless its end comes after all. */
  givenUp = false;
  /** It failed to load its module: what it said. */
  loadFailure: { readonly message: string; readonly error: unknown } | undefined;

  constructor(index: number, reader: CompletionReader, doorbell: number, startedAt: number) {
    this.index = index;
    this.reader = reader;
    this.doorbell = doorbell;
    this.startedAt = startedAt;
  }

  /** What it died of. */
  get causeInWords(): string {
    const { cause } = this;
    if (cause === undefined) return 'it ended by itself';
    return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  }
}

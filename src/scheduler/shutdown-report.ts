/** What a pool's end looked like. */
import type { ThreadEnd } from './pool-thread.ts';

export interface ShutdownReport {
  /** Milliseconds from the call to the end. */
  readonly ms: number;
  /** Whether every task was finished and every thread left by itself. */
  readonly clean: boolean;
  /** Tasks over the pool's life. */
  readonly tasks: { readonly completed: number; readonly failed: number; readonly cancelled: number };
  /** The threads that lived when the end began. */
  readonly threads: ReadonlyArray<{
    readonly index: number;
    readonly end: ThreadEnd;
    readonly exitCode: number | undefined;
    readonly ms: number;
  }>;
  /** What could not be given back: threads that would not end, and the shared memory they may still write to. */
  readonly leftBehind: { readonly threads: number; readonly bytes: number };
}

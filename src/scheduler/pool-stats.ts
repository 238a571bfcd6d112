/** What a pool is doing, at a glance. */
import type { Crew } from './crew.ts';
import type { DurationSummary } from './duration-histogram.ts';
import type { IdleThreads } from './idle-threads.ts';
import type { TaskLedger } from './task-ledger.ts';

export interface PoolStats {
  /** Threads that run or start; of them, those without a task. */
  readonly threads: number;
  readonly idle: number;
  /** Tasks that no thread has claimed; submissions that a full queue holds back; tasks that run. */
  readonly queued: number;
  readonly held: number;
  readonly running: number;
  /** Tasks over, by how they ended. A crashed task counts as failed too, unless it was run again. */
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly crashed: number;
  /** Threads that could not be ended and may still use a core. */
  readonly stuckThreads: number;
  /** The part of the threads' time that went into tasks since the pool began, 0 to 1: an estimate from a sample. */
  readonly utilization: number;
  /** Milliseconds that tasks waited in the queue, and ran: of a sample. */
  readonly waitTime: DurationSummary;
  readonly runTime: DurationSummary;
}

/**
 * @param held - how many submissions a full queue holds back
 * @param age - milliseconds since the pool began
 */
export function poolStats(ledger: TaskLedger, crew: Crew, idle: IdleThreads, held: number, age: number): PoolStats {
  const { queued, running, figures } = ledger;
  const { completed, failed, cancelled, crashed, waitTimes, runTimes } = figures;
  const threads = crew.threads.length;
  const busy = runTimes.samples === 0 ? 0 : (runTimes.sum / runTimes.samples) * (completed + failed);
  return {
    threads,
    idle: idle.parkedCount + idle.searchingCount,
    queued,
    held,
    running,
    completed,
    failed,
    cancelled,
    crashed,
    stuckThreads: crew.stuck,
    utilization: Math.min(1, busy / (age * Math.max(1, threads))),
    waitTime: waitTimes.summary(),
    runTime: runTimes.summary(),
  };
}

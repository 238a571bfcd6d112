/** What a poller counts, and how it shows it. */

/** What a poller does at the moment: 'stopped' also before it was started. */
export type PollerState = 'running' | 'paused' | 'stopping' | 'stopped';

/** A picture of a poller. Times are milliseconds on its clock. */
export interface PollerStats {
  readonly name: string;
  readonly state: PollerState;
  /** Whether a run goes on. */
  readonly isBusy: boolean;
  /** Runs that have ended, in whatever way. */
  readonly runs: number;
  /** Of these, those that threw or were rejected. */
  readonly failed: number;
  /** Of these, those that were told to stop and then failed. */
  readonly cancelled: number;
  /** Of these, those that `trigger` had asked for. */
  readonly triggered: number;
  /** Ticks that were dropped: a run went on, the process slept, or the poller was paused. */
  readonly missed: number;
  /** How many runs in a row have failed up to now. */
  readonly failuresInARow: number;
  /** When the last run began. */
  readonly lastStart: number | undefined;
  /** How long the last run that has ended took. */
  readonly lastDuration: number | undefined;
  /** What the last run that failed did so with. */
  readonly lastError: unknown;
  /** When the next run is due, if one is waited for. */
  readonly nextAt: number | undefined;
}

/** How a run ended. */
export type RunEnd = 'done' | 'failed' | 'cancelled';

/** The counters behind {@linkcode PollerStats}. */
export class PollerCounters {
  started = 0;
  runs = 0;
  failed = 0;
  cancelled = 0;
  triggered = 0;
  lastStart: number | undefined;
  lastDuration: number | undefined;
  lastError: unknown;

  /** Returns which run it is, from 1. */
  countStart(at: number): number {
    this.lastStart = at;
    return ++this.started;
  }

  countEnd(how: RunEnd, duration: number, isTriggered: boolean): void {
    this.runs++;
    if (how === 'failed') this.failed++;
    if (how === 'cancelled') this.cancelled++;
    if (isTriggered) this.triggered++;
    this.lastDuration = duration;
  }
}

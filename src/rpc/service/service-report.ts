/** What came of ending a service. */
import type { UnfinishedCall } from '../call-ledger.ts';

/** How a service was shut down. */
export interface ServiceReport {
  readonly name: string;
  /** Milliseconds from the call to the end. */
  readonly ms: number;
  /** Whether all calls were answered, `stop` returned in time, and it ended without being killed. */
  readonly clean: boolean;
  /** Calls that were under way and have been answered meanwhile. */
  readonly drained: number;
  /** Calls that were cut off. Not known of one that did not answer any more. */
  readonly cutOff: readonly UnfinishedCall[];
  /** What its own `stop` did; `none` if it has none, or it was not asked: nothing ran, or it was gone. */
  readonly stop: StopOutcome;
  /** What its `stop` threw. */
  readonly stopError?: unknown;
  /**
   * How its run ended. `released`: it is in this thread, and is let go. `exited`: by itself, as it was told to.
   * `killed`: it had to be. `crashed`: before it was asked to. `stuck`: it could not be ended, and may still run.
   * `none`: nothing ran.
   */
  readonly end: RunEnding['end'];
  /** The address that it listened at, which others can have again. */
  readonly released: string | undefined;
}

/** What became of the service's own `stop`. */
export type StopOutcome = 'none' | 'stopped' | 'failed' | 'hung';

/** What is known of the end of one run. */
export interface RunEnding {
  drained: number;
  cutOff: readonly UnfinishedCall[];
  stop: StopOutcome;
  stopError?: unknown;
  end: 'none' | 'released' | 'exited' | 'killed' | 'crashed' | 'stuck';
  released: string | undefined;
}

/** That of a service of which nothing ran. */
export function nothingRan(): RunEnding {
  return { drained: 0, cutOff: [], stop: 'none', end: 'none', released: undefined };
}

export function reportOf(name: string, ms: number, ending: RunEnding): ServiceReport {
  const isAsked = ending.end !== 'killed' && ending.end !== 'stuck' && ending.end !== 'crashed';
  const clean = isAsked && ending.cutOff.length === 0 && (ending.stop === 'none' || ending.stop === 'stopped');
  return { name, ms, clean, ...ending };
}

/** What was not as it should have been, in words; empty if all was. */
export function describeEnding({ cutOff, stop, end }: RunEnding): string {
  const words = [];
  if (cutOff.length > 0) words.push(`${cutOff.length} calls were cut off (${cutOff[0]?.name} and the like)`);
  if (stop === 'failed' || stop === 'hung') words.push(`its 'stop' ${stop}`);
  if (end === 'killed') words.push('it had to be killed');
  if (end === 'stuck') words.push('it could not be ended');
  if (end === 'crashed') words.push('it had ended before');
  return words.join('; ');
}

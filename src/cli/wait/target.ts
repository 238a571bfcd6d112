/** What `reveille wait` waits for. */
import type { Lookout } from '../../process/lookout.ts';
import type { WaitOptions } from '../../signal/wait-options.ts';

/** How long a target is waited for. */
export type TargetLimits = Pick<WaitOptions, 'signal' | 'timeout'>;

/** One thing to wait for. */
export interface Target {
  /** As it stands on the command line. */
  readonly text: string;
  /**
   * Resolves when it is there, or, after `timeout` milliseconds, to what it lacks, as the end of a sentence about it.
   * Rejects with the signal's reason, or with what makes waiting useless.
   */
  wait(limits: TargetLimits): Promise<string | undefined>;
}

const LATE = Symbol('late');

/** Waits by looking. */
export async function watchFrom(lookout: Lookout<unknown>, limits: TargetLimits): Promise<string | undefined> {
  try {
    await lookout.wait(limits, () => LATE);
    return undefined;
  } catch (error) {
    if (error !== LATE) throw error;
    return lookout.lacks;
  }
}

/** The exit codes of the command. Those above 128 say which signal ended it, as a shell does. */
import type { StopSignal } from './io.ts';

/** All went well. */
export const OK = 0;
/** Some items failed. */
export const SOME_FAILED = 1;
/** Wrong usage, or a module, an input or an output that cannot be used. */
export const UNUSABLE = 2;
/** The reader of the output went away, as in `reveille map ... | head`. */
export const OUTPUT_CLOSED = 141;

const BY_SIGNAL: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The exit code of a command that `signal` stopped. */
export function exitCodeOf(signal: StopSignal): number {
  return BY_SIGNAL[signal];
}

/** The exit codes of the command. A signal that ends it has its own (lifecycle/process-signals.ts). */

/** All went well. */
export const OK = 0;
/** Some items failed. */
export const SOME_FAILED = 1;
/** Wrong usage, or a module, an input or an output that cannot be used. */
export const UNUSABLE = 2;
/** What was waited for was not there in time: as `timeout` of the GNU tools has it. */
export const TIMED_OUT = 124;
/** The command to run is there but cannot be run, or is not there: as a shell has it. */
export const CANNOT_RUN = 126;
export const NOT_FOUND = 127;
/** Above this: the number of the signal that ended the command. */
export const SIGNALLED = 128;
/** The reader of the output went away, as in `reveille map ... | head`. */
export const OUTPUT_CLOSED = 141;

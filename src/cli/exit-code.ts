/** The exit codes of the command. A signal that ends it has its own (lifecycle/process-signals.ts). */

/** All went well. */
export const OK = 0;
/** Some items failed. */
export const SOME_FAILED = 1;
/** Wrong usage, or a module, an input or an output that cannot be used. */
export const UNUSABLE = 2;
/** The reader of the output went away, as in `reveille map ... | head`. */
export const OUTPUT_CLOSED = 141;

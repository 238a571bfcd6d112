/** What ends the command before it has begun: both exit with 2, and their message is all that is shown. */

/** The command line is not one that the command takes; the message says what it takes. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** What the command line names cannot be used: a module, an input or an output. */
export class UnusableError extends Error {
  override readonly name: string = 'UnusableError';
}

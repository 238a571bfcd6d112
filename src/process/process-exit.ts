/** How a process ended, and what that is as an error. */
import { ProcessExitedError } from '../errors.ts';

/** How a process ended. */
export interface ProcessExit {
  /** Its exit code; null if a signal ended it or it could not be started. */
  readonly code: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
  /** The last lines that it wrote, to both streams in the order in which they came. */
  readonly output: string;
  /** Why it could not be started, if it could not. */
  readonly error?: unknown;
}

/** The error for an end that was not expected. */
export function exitedError(name: string, command: string, exit: ProcessExit, when: string): ProcessExitedError {
  const message = `Process ${name} ended ${when}: ${wordsFor(exit)}${lastOutput(exit.output)}`;
  const options = exit.error === undefined ? {} : { cause: exit.error };
  return new ProcessExitedError(message, { ...exit, command }, options);
}

/** What was written last, for the end of a message. */
export function lastOutput(output: string): string {
  return output.trim() === '' ? '; it wrote nothing' : `; its last output:\n${output.trimEnd()}`;
}

function wordsFor({ code, signal, error }: ProcessExit): string {
  if (error !== undefined) return `it could not be started (${error instanceof Error ? error.message : String(error)})`;
  return signal !== null ? `by signal ${signal}` : `with exit code ${String(code)}`;
}

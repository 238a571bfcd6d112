/** What can become of processes, and of the ports that they want. */
import { defineKind, ReveilleError } from './reveille-error.ts';
import { DeadlineExceededError } from './wait-errors.ts';

/** What is known of a process that has ended. */
export interface ProcessEnd {
  /** The program that was started. */
  readonly command: string;
  /** Its exit code; null if a signal ended it or it could not be started. */
  readonly code: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
  /** The last lines that it wrote. */
  readonly output: string;
}

/** A process ended before it was ready, or though nobody had asked it to. */
export class ProcessExitedError extends ReveilleError {
  static {
    defineKind(this, 'ERR_PROCESS_EXITED', 'ProcessExitedError');
  }

  readonly command: string;
  /** Its exit code; null if a signal ended it or it could not be started, which `cause` tells. */
  readonly exitCode: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
  /** The last lines that it wrote. */
  readonly output: string;

  constructor(message: string, end: ProcessEnd, options?: ErrorOptions) {
    super(message, options);
    this.command = end.command;
    this.exitCode = end.code;
    this.signal = end.signal;
    this.output = end.output;
  }
}

/** Who has a port. */
export interface PortOwner {
  /** The number of the process. */
  readonly pid: number;
  /** Its command line; empty where the system does not tell. */
  readonly command: string;
}

/** A port was not free in time. A `DeadlineExceededError`, whose `name` it has, that says who has the port. */
export class PortInUseError extends DeadlineExceededError {
  static {
    defineKind(this, 'ERR_PORT_IN_USE', 'TimeoutError', 'ERR_DEADLINE_EXCEEDED');
  }

  readonly port: number;
  /** Undefined where the system does not tell. */
  readonly owner: PortOwner | undefined;

  constructor(message: string, port: number, owner: PortOwner | undefined, options?: ErrorOptions) {
    super(message, options);
    this.port = port;
    this.owner = owner;
  }
}

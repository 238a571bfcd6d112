/** What a service tells its listeners. */

/**
 * Where a service is:
 *
 *     new ──> starting ──> ready <──> unhealthy ──> stopping ──> stopped ──> starting ...
 *                │           ^  ┌────────┘              │
 *                │           └ restarting ──────────────┤
 *                └──────────────────┴──> failed <───────┘
 *
 * `failed`: it could not be started, has used up its restarts, or could not be ended. It may be started anew.
 */
export type ServiceState =
  'new' | 'starting' | 'ready' | 'unhealthy' | 'restarting' | 'stopping' | 'stopped' | 'failed';

/** The state of a service has changed. */
export class ServiceStateEvent extends Event {
  readonly state: ServiceState;
  readonly previous: ServiceState;
  /** Which run it is about, from 1; 0 before the first. */
  readonly run: number;
  /** With `restarting`, `unhealthy` and `failed`: why, unless somebody asked for it. */
  readonly error: unknown;
  /** With `restarting`: milliseconds until it is started again. */
  readonly delay: number | undefined;

  constructor(
    states: { readonly state: ServiceState; readonly previous: ServiceState; readonly run: number },
    { error, delay }: { readonly error?: unknown; readonly delay?: number | undefined } = {},
  ) {
    super('statechange');
    this.state = states.state;
    this.previous = states.previous;
    this.run = states.run;
    this.error = error;
    this.delay = delay;
  }
}

/** A health check has failed. */
export class ServiceUnhealthyEvent extends Event {
  /** What the check threw or rejected with; a DeadlineExceededError if it had no answer. */
  readonly error: unknown;
  /** How many checks in a row have failed. */
  readonly failures: number;
  readonly run: number;

  constructor({ error, failures, run }: { readonly error: unknown; readonly failures: number; readonly run: number }) {
    super('unhealthy');
    this.error = error;
    this.failures = failures;
    this.run = run;
  }
}

/** A server that an earlier run of the program had left behind was ended: its address was needed. */
export class StaleServiceEvent extends Event {
  readonly pid: number;
  readonly command: string;
  /** Whether it had to be killed. */
  readonly killed: boolean;

  constructor({ pid, command, killed }: { readonly pid: number; readonly command: string; readonly killed: boolean }) {
    super('staleended');
    this.pid = pid;
    this.command = command;
    this.killed = killed;
  }
}

export interface ServiceEventMap {
  statechange: ServiceStateEvent;
  unhealthy: ServiceUnhealthyEvent;
  staleended: StaleServiceEvent;
}

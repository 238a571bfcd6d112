/** What a managed process tells its listeners. */
import type { ProcessExit } from './process-exit.ts';

/**
 * Where a managed process is:
 *
 *     starting ──> ready ──> stopping ──> exited
 *        ^  └────────┴───────────┤           ^
 *        └───── restarting <─────┘ ──────────┘
 *
 * `stopping` also stands for what is left to do after an end that nobody asked for: its last output comes in, and
 * what it has started and left behind is ended.
 */
export type ProcessState = 'starting' | 'ready' | 'stopping' | 'restarting' | 'exited';

/** The state of a managed process has changed. */
export class ProcessStateEvent extends Event {
  readonly state: ProcessState;
  readonly previous: ProcessState;
  /** Which run it is about, from 1. */
  readonly run: number;
  /** With `restarting` and `exited`: how that run ended. */
  readonly exit: ProcessExit | undefined;
  /** With `restarting`: milliseconds until it is started again. */
  readonly delay: number | undefined;
  /** Why it was not ready or has ended, if nobody asked for that. */
  readonly error: unknown;

  constructor(
    states: { readonly state: ProcessState; readonly previous: ProcessState; readonly run: number },
    details: StateDetails = {},
  ) {
    super('statechange');
    this.state = states.state;
    this.previous = states.previous;
    this.run = states.run;
    this.exit = details.exit;
    this.delay = details.delay;
    this.error = details.error;
  }
}

/** What else is known of a change of state. */
export interface StateDetails {
  readonly exit?: ProcessExit;
  readonly delay?: number;
  readonly error?: unknown;
}

/** The process has sent a message over its IPC channel. */
export class ProcessMessageEvent extends Event {
  readonly data: unknown;

  constructor(data: unknown) {
    super('message');
    this.data = data;
  }
}

export interface ManagedProcessEventMap {
  statechange: ProcessStateEvent;
  message: ProcessMessageEvent;
  /** The IPC channel is closed, by either side: messages reach it no more. A restart brings a new one. */
  disconnect: Event;
}

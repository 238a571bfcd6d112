/** One run of a service, in whichever place: from its start to the moment when nothing of it is left. */
import type { Remote } from 'comlink';
import type { Connection } from '../connection.ts';
import type { Endpoint } from '../endpoint.ts';
import type { ServiceControl } from './service-control.ts';

/** How a run ended. */
export interface RunExit {
  /** Of the thread or process; null where a signal ended it, or where there is none. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The same as an error, for those to whom it came unexpected. */
  readonly error: Error;
}

export interface ServiceRun {
  readonly place: 'inline' | 'thread' | 'process';
  /** The number of its process, if it has one of its own. */
  readonly pid: number | undefined;
  /** Resolves when nothing of it is left. Never rejects. */
  readonly exited: Promise<RunExit>;
  /** Resolves once `control` can be used; rejects if that does not come to be. */
  open(signal: AbortSignal): Promise<void>;
  readonly control: Remote<ServiceControl>;
  /** Opens a connection for a client in this thread. */
  connect(signal: AbortSignal): Promise<Connection>;
  /** An endpoint for another thread, and what is to be moved with it; undefined where an address does for that. */
  endpoint(): Promise<{ readonly endpoint: Endpoint; readonly moved: readonly object[] }> | undefined;
  /** Ends it now, whatever it does, as far as that can be done. */
  kill(): void;
}

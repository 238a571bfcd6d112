/** What whoever keeps a service says to the place where it runs: the same for this thread, another, and a process. */
import type { Endpoint } from '../endpoint.ts';
import type { UnfinishedCall } from '../call-ledger.ts';
import type { ExposeOptions } from '../expose.ts';
import type { ListenOptions } from '../socket-server.ts';
import type { StopOutcome } from './service-report.ts';

/** Where a service listens, and how. As for `listen`. */
export type ServiceListenOptions = Omit<ListenOptions, 'onConnection' | 'onRefused' | 'signal' | 'timeout' | 'ref'>;

/** What a service is made of and how it is offered: plain data, which goes to a process, too. */
export interface ServiceSetup {
  readonly name: string;
  /** The URL of its module; undefined if the object is here. */
  readonly module: string | undefined;
  readonly export: string;
  readonly args: readonly unknown[];
  readonly expose: ExposeOptions;
  readonly listen: ServiceListenOptions | undefined;
  /** What it is recognised by, if it is left behind one day. */
  readonly identity: string | undefined;
  /** Whether its process stays when the one that started it is gone. */
  readonly outlivesParent: boolean;
}

/** What can be asked of a service's run. */
export interface ServiceControl {
  /**
   * Makes the service and starts it.
   *
   * @returns the port at which it proves its identity, if it has one to prove
   */
  load(setup: ServiceSetup): Promise<number | undefined>;
  /** Listens; resolves to the port, if it is one. */
  listen(): Promise<number | undefined>;
  /** Serves one more client of this process. */
  accept(end: Endpoint): void;
  health(): Promise<unknown>;
  /** Lets no more calls in and waits up to so many milliseconds for those that are under way. */
  drain(ms: number): Promise<DrainOutcome>;
  /** Has the service stop, for up to so many milliseconds, and closes all connections. */
  stop(ms: number): Promise<{ readonly outcome: StopOutcome; readonly error?: unknown }>;
  /** Ends the thread or process that it is in. */
  leave(): void;
}

/** What became of the calls that were under way. */
export interface DrainOutcome {
  readonly drained: number;
  readonly left: readonly UnfinishedCall[];
}

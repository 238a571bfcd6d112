/**
 * Ports and child processes: what is there is waited for, not guessed.
 *
 * @example
 * ```ts
 * import { startProcess, waitForPortListen } from 'reveille/process';
 *
 * await using server = startProcess('node', ['server.js'], { ready: 'ipc' });
 * await server.ready;
 * await waitForPortListen(5432, { host: 'database', timeout: 10_000 });
 * ```
 *
 * @module
 */
export { PortInUseError, type PortOwner, type ProcessEnd, ProcessExitedError } from './errors.ts';
export { isPortFree } from './process/is-port-free.ts';
export { isPortListening } from './process/is-port-listening.ts';
export type { LineReader } from './process/line-reader.ts';
export type { ManagedProcess } from './process/managed-process.ts';
export type { PortOptions, PortWaitOptions } from './process/port-options.ts';
export { portOwner } from './process/port-owner.ts';
export type { PortReservation } from './process/port-reservation.ts';
export {
  type ManagedProcessEventMap,
  ProcessMessageEvent,
  type ProcessState,
  ProcessStateEvent,
} from './process/process-events.ts';
export type { ProcessExit } from './process/process-exit.ts';
export type { Ask, ProcessOptions, StreamTarget, StreamTargets, TerminateOptions } from './process/process-options.ts';
export type { LinesOptions, ProcessOutput } from './process/process-output.ts';
export type { ReadyWhen } from './process/readiness.ts';
export { reservePort, type ReserveOptions } from './process/reserve-port.ts';
export type { RestartOptions } from './process/restart-policy.ts';
export { startOnPort, type StartOnPortOptions } from './process/start-on-port.ts';
export { startProcess } from './process/start-process.ts';
export { waitForPortListen } from './process/wait-for-port-listen.ts';
export { waitForPortRelease } from './process/wait-for-port-release.ts';

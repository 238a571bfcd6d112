/**
 * For programs that work with other processes and with ports: what is there is waited for, not guessed.
 *
 * @example
 * ```ts
 * import { waitForPortListen, waitForPortRelease } from 'reveille/process';
 *
 * await waitForPortListen(5432, { host: 'database', timeout: 10_000 });
 * ```
 *
 * @module
 */
export { PortInUseError, type PortOwner } from './errors.ts';
export { isPortFree } from './process/is-port-free.ts';
export { isPortListening } from './process/is-port-listening.ts';
export type { PortOptions, PortWaitOptions } from './process/port-options.ts';
export { portOwner } from './process/port-owner.ts';
export type { PortReservation } from './process/port-reservation.ts';
export { reservePort, type ReserveOptions } from './process/reserve-port.ts';
export { startOnPort, type StartOnPortOptions } from './process/start-on-port.ts';
export { waitForPortListen } from './process/wait-for-port-listen.ts';
export { waitForPortRelease } from './process/wait-for-port-release.ts';

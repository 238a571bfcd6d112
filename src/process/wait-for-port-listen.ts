/** Waits until somebody listens on a port. */
import { DeadlineExceededError, NotReadyError } from '../errors.ts';
import { watchPromise } from '../signal/watch-promise.ts';
import { Lookout, type Look } from './lookout.ts';
import { connectTo, isForbidden, reasonOf } from './port-connection.ts';
import { checkPort, checkPortOptions, nameOfPort, type PortWaitOptions } from './port-options.ts';

/** An attempt that nobody answers is given up then, and made anew: what was dropped may be let through by now. */
const ATTEMPT_MS = 3_000;

/**
 * Waits until the port accepts connections: connects, and hangs up. Asks again after 1 ms, and each time half as long
 * again later, up to 50 ms.
 *
 * @param options - `exited`: what settles when the process that is to listen ends; then the wait fails at once,
 *   whoever else may listen there. Without `host`, a listener at 127.0.0.1 or at ::1 counts
 * @throws {NotReadyError} once `exited` has settled
 * @throws {DeadlineExceededError} after `timeout` milliseconds, with what became of the last attempt; with 0 after one
 * @throws also the signal's reason, at once; the system's error where this process may not connect
 * @example
 * ```ts
 * const server = spawn('postgres', ['-p', '5433']);
 * await waitForPortListen(5433, { exited: once(server, 'exit'), timeout: 10_000 });
 * ```
 */
export async function waitForPortListen(port: number, options: PortWaitOptions = {}): Promise<void> {
  checkPort(port);
  const { host, timeout = 0, exited } = checkPortOptions(options);
  const name = nameOfPort(port, host);
  const lookout = new Lookout(`${name} to accept connections`, (signal) => lookForListener(port, host, signal));
  const ended = (cause?: unknown): void => {
    const message = `${name}: the process that was to listen has ended; the port ${lookout.lacks}`;
    lookout.fail(new NotReadyError(message, cause === undefined ? {} : { cause }));
  };
  const unwatch =
    exited === undefined ? undefined : watchPromise(exited, { fulfilled: () => ended(), rejected: ended });
  try {
    await lookout.wait(options, () => {
      const after = timeout === 0 ? '' : ` after ${timeout} ms`;
      return new DeadlineExceededError(`${name} does not accept connections${after}: it ${lookout.lacks}`);
    });
  } finally {
    unwatch?.();
  }
}

/** One attempt to connect. */
export async function lookForListener(
  port: number,
  host: string | undefined,
  signal: AbortSignal,
): Promise<Look<true>> {
  try {
    (await connectTo(port, host, signal, ATTEMPT_MS)).destroy();
    return { found: true };
  } catch (error) {
    if (isForbidden(error)) throw error;
    return { lacks: reasonOf(error) };
  }
}

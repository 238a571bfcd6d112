/** Whether a child has begun to listen. */
import { connect } from 'node:net';
import { HealthPoll } from '../lifecycle/health-poll.ts';
import { runWithin } from '../pacing/timeout.ts';
import { deadlines } from '../signal/deadlines.ts';
import { timeoutError, type WaitOptions } from '../signal/wait-options.ts';

/** How to wait for a port. */
export interface PortListenOptions extends WaitOptions {
  /** @default {'localhost'} */
  readonly host?: string | undefined;
  /** Ends the wait with what it rejects with. */
  readonly exited?: PromiseLike<never> | undefined;
}

/**
 * Resolves when somebody accepts connections on a port: tried at once, after 1 ms, and then after half as long again
 * each time, up to 50 ms.
 *
 * @throws {DeadlineExceededError} after `timeout` milliseconds; the signal's reason
 */
export function waitForPortListen(port: number, options: PortListenOptions = {}): Promise<void> {
  const { host = 'localhost', signal, timeout = Infinity, ref = true, exited } = options;
  const time = deadlines();
  let poll: HealthPoll | undefined;
  const limits = { time, until: time.now() + timeout, signal, ref };
  const listens = (stop: AbortSignal): Promise<void> => {
    poll = new HealthPoll(() => tryConnect(port, host, stop));
    return Promise.race(exited === undefined ? [poll.passed] : [poll.passed, exited]);
  };
  return runWithin(listens, limits, () => timeoutError(`Connecting to ${host}:${port}`, timeout)).finally(() =>
    poll?.stop(),
  );
}

/** One attempt: resolves once connected. */
export function tryConnect(port: number, host: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    const stop = (): void => void socket.destroy(signal.reason as Error);
    const over = (settle: () => void): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      settle();
    };
    signal.addEventListener('abort', stop);
    socket.once('connect', () => over(resolve));
    socket.once('error', (error) => over(() => reject(error)));
  });
}

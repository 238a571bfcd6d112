import { waitWithin } from '../pacing/timeout.ts';
import { connectTo, isForbidden } from './port-connection.ts';
import { checkPort, checkPortOptions, nameOfPort, type PortOptions } from './port-options.ts';

/**
 * Whether somebody accepts connections on the port: connects, and hangs up.
 *
 * @param where - a host, or options. Without a host, whoever listens at 127.0.0.1 or at ::1 counts
 * @throws DeadlineExceededError, the signal's reason; the system's error where this process may not connect
 * @example
 * ```ts
 * const isUp = await isPortListening(5432, { host: 'database', timeout: 1_000 });
 * ```
 */
export async function isPortListening(port: number, where: string | PortOptions = {}): Promise<boolean> {
  checkPort(port);
  const { host, signal, timeout } = checkPortOptions(where);
  const what = `${nameOfPort(port, host)}: to connect to it`;
  return waitWithin((end) => answers(port, host, end), { signal, timeout }, what);
}

async function answers(port: number, host: string | undefined, signal: AbortSignal): Promise<boolean> {
  try {
    (await connectTo(port, host, signal)).destroy();
    return true;
  } catch (error) {
    if (isForbidden(error)) throw error;
    return false;
  }
}

import { waitWithin } from '../pacing/timeout.ts';
import { canBind } from './bind-probe.ts';
import { checkPort, checkPortOptions, nameOfPort, type PortOptions } from './port-options.ts';

/**
 * Whether a server could listen on the port at this moment: neither a server nor anything else has it, at no address.
 *
 * The answer is true of the moment of the question. To be sure of a port, hold it ({@linkcode reservePort}).
 *
 * @param where - a host, or options. With a host, only the addresses of that are asked for; `127.0.0.1` may be free
 *   while `::1` is not
 * @throws the system's error where this process may not listen at all (EACCES below 1024) or the address is not one of
 *   this machine's; DeadlineExceededError, the signal's reason
 * @example
 * ```ts
 * if (!(await isPortFree(8080))) throw new Error('Is it running already?');
 * ```
 */
export async function isPortFree(port: number, where: string | PortOptions = {}): Promise<boolean> {
  checkPort(port);
  const { host, signal, timeout } = checkPortOptions(where);
  const what = `${nameOfPort(port, host)}: to ask whether it is free`;
  return waitWithin(() => canBind(port, host), { signal, timeout }, what);
}

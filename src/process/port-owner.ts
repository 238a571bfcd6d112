import { platform } from 'node:os';
import type { PortOwner } from '../errors.ts';
import { checkPort } from './port-options.ts';
import { ownerByNetstat } from './owner-by-netstat.ts';
import { ownerByLsof } from './owner-by-lsof.ts';
import { ownerByProc } from './owner-by-proc.ts';

/**
 * Which process listens on the port: from /proc on Linux, by `lsof` on macOS and other systems, by `netstat` on
 * Windows. Of several that share it, one.
 *
 * @returns undefined if nobody listens, or if this process may not know: without the rights of another user, only what
 *   belongs to one's own is seen. Never rejects for that.
 * @throws {TypeError} or RangeError for what is no port
 * @example
 * ```ts
 * const { pid, command } = (await portOwner(8080)) ?? {};
 * ```
 */
export async function portOwner(port: number): Promise<PortOwner | undefined> {
  checkPort(port);
  try {
    if (platform() === 'linux') return await ownerByProc(port);
    return platform() === 'win32' ? await ownerByNetstat(port) : await ownerByLsof(port);
  } catch {
    // No rights, no such tool, a system that looks different: all the same to who asks.
    return undefined;
  }
}

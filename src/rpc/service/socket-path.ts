/** Who listens at the path of a Unix socket. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { platform } from 'node:os';
import type { PortOwner } from '../../errors.ts';
import { ownerOfSockets } from '../../process/owner-by-proc.ts';

/** Whether somebody accepts connections there. A file that nobody listens at any more does not count. */
export function isSocketServed(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(false);
      // So many wait to be accepted that it takes no more: somebody is there.
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

/** On Linux (https://man7.org/linux/man-pages/man5/proc.5.html, /proc/net/unix); undefined where it is not known. */
export async function ownerOfPath(path: string): Promise<PortOwner | undefined> {
  if (platform() !== 'linux') return undefined;
  try {
    const lines = (await readFile('/proc/net/unix', 'utf8')).split('\n').filter((line) => line.endsWith(` ${path}`));
    const inodes = lines.map((line) => line.trim().split(/\s+/)[6] ?? '');
    return await ownerOfSockets(new Set(inodes.map((inode) => `socket:[${inode}]`)));
  } catch {
    return undefined;
  }
}

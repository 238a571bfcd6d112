/**
 * Who listens on a port, on Linux: the kernel's tables of sockets name an inode, and the process that has it open is
 * who owns the socket (https://docs.kernel.org/networking/proc_net_tcp.html).
 */
import { createReadStream, readdirSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { PortOwner } from '../errors.ts';
import { runtime } from '../runtime.ts';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const LISTEN = '0A';
const LONGEST_COMMAND_BYTES = 4_096;
/** How long the event loop is kept from others at a time: a machine may have a hundred thousand open files. */
const SLICE_MS = 4;

/** Undefined if nobody listens, or the process is one that this one may not look into. */
export async function ownerByProc(port: number): Promise<PortOwner | undefined> {
  const sockets = new Set<string>();
  for (const table of TABLES) for (const inode of await listeningInodes(table, port)) sockets.add(`socket:[${inode}]`);
  return await ownerOfSockets(sockets);
}

/** Which process has one of these open: `socket:[INODE]`. */
export async function ownerOfSockets(sockets: ReadonlySet<string>): Promise<PortOwner | undefined> {
  if (sockets.size === 0) return undefined;
  const pid = await processWith(sockets);
  return pid === undefined ? undefined : { pid, command: await commandOf(pid) };
}

async function listeningInodes(table: string, port: number): Promise<string[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const input = createReadStream(table);
  const inodes: string[] = [];
  let isHead = true;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      // Sockets that listen come first: a machine may have many thousands of others.
      if (!isHead && state !== LISTEN) break;
      if (!isHead && local.endsWith(suffix)) inodes.push(inode);
      isHead = false;
    }
  } catch {
    // There is no table of a family that the machine does not have.
  } finally {
    input.destroy();
  }
  return inodes;
}

async function processWith(sockets: ReadonlySet<string>): Promise<number | undefined> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  let since = runtime().now();
  for (const pid of pids) {
    if (hasOpen(pid, sockets)) return Number(pid);
    if (runtime().now() - since < SLICE_MS) continue;
    await new Promise<void>((resolve) => runtime().defer(resolve));
    since = runtime().now();
  }
  return undefined;
}

function hasOpen(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => isOneOf(sockets, `${folder}/${fd}`));
  } catch {
    // Somebody else's, or it has ended.
    return false;
  }
}

function isOneOf(sockets: ReadonlySet<string>, link: string): boolean {
  try {
    return sockets.has(readlinkSync(link));
  } catch {
    // Closed since.
    return false;
  }
}

/** With spaces between the arguments; the name that the kernel has for it where there are none. */
export async function commandOf(pid: number): Promise<string> {
  const command = (await readStart(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ').trim();
  return command === '' ? (await readStart(`/proc/${pid}/comm`)).trim() : command;
}

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(LONGEST_COMMAND_BYTES) });
      return new TextDecoder().decode(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

/**
 * A server that an earlier run of the same program has left behind, at an address that is needed now.
 *
 * It is ended only if all of this holds; anything else at the address is a stranger, and left alone:
 *
 * 1. This user has noted a service of that name and address (`service-record.ts`).
 * 2. Whoever is behind it proves, over a connection, that it knows the noted secret, as this side does: by HMAC over
 *    each other's random number (`handshake.ts`). So the note is not about somebody who is long gone.
 * 3. It says that it is that service, at that address, in the noted process, and that the program which started it is
 *    gone: a service whose program still runs is in use.
 * 4. The process with that number runs the noted command, and was started when it is noted (where the system tells),
 *    and it is the one that has the port.
 *
 * It is asked to end first, and killed if it does not. One that hangs cannot prove anything and counts as a stranger.
 */
import { platform } from 'node:os';
import type { PortOwner } from '../../errors.ts';
import { waitWithin } from '../../pacing/timeout.ts';
import { commandOf } from '../../process/owner-by-proc.ts';
import { readProcessStat } from '../../process/is-process-running.ts';
import { portOwner } from '../../process/port-owner.ts';
import { hasGroups, signalGroup } from '../../process/process-group.ts';
import type { ByteConnection } from '../byte-connection.ts';
import { addressText, type NetAddress } from '../socket-address.ts';
import { connect } from '../socket-connection.ts';
import { withCall } from '../with-call.ts';
import { wrap } from '../wrap.ts';
import type { ServiceSetup } from './service-control.ts';
import type { IdentityDoor } from './service-process.ts';
import { readRecord, removeRecord, type ServiceRecord } from './service-record.ts';
import { isSocketServed, ownerOfPath } from './socket-path.ts';

/** Milliseconds for each question; a server that is left behind has little else to do. */
const ANSWER_MS = 2_000;
/** How long it may take to end when it is asked. */
const GRACE_MS = 3_000;

/** A server that was ended. */
export interface EndedServer {
  readonly pid: number;
  readonly command: string;
  readonly killed: boolean;
}

/** Whoever has the address is none of this program's left behind. The message says what it is taken for. */
export class NotStale extends Error {}

/**
 * Ends the server that an earlier run of the program has left behind at the address of the service.
 *
 * @throws {NotStale} if it is something else; it has not been touched then
 */
export async function endStaleServer(
  { name }: ServiceSetup,
  address: NetAddress,
  signal: AbortSignal,
): Promise<EndedServer> {
  const record = readRecord(name, addressText(address));
  if (record === undefined) throw new NotStale(`it is not known to be a service '${name}' that was left behind`);
  const connection = await knock(record, signal);
  try {
    await checkIdentity(record, address, connection, signal);
    const killed = await end(record, connection);
    removeRecord(record);
    await forgetPath(address);
    return { pid: record.pid, command: record.command, killed };
  } finally {
    connection.close();
  }
}

/** Whoever answers has proved by then that it knows the secret. */
async function knock({ door, identity, name }: ServiceRecord, signal: AbortSignal): Promise<ByteConnection> {
  try {
    return await connect({ port: door, secret: identity, handshakeTimeout: ANSWER_MS, timeout: ANSWER_MS, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const message = `it does not prove that it is the service '${name}' that was started there before`;
    throw new NotStale(message, { cause: error });
  }
}

async function checkIdentity(
  record: ServiceRecord,
  address: NetAddress,
  connection: ByteConnection,
  signal: AbortSignal,
): Promise<void> {
  const door = withCall(wrap<IdentityDoor>(connection), { timeout: ANSWER_MS, signal });
  const { pid, name, address: at, isOrphan } = await door.who();
  if (pid !== record.pid || name !== record.name || at !== record.address) {
    throw new NotStale(`the service '${record.name}' that was started there before is elsewhere now`);
  }
  if (!isOrphan) throw new NotStale(`it is service '${name}' of a program that still runs, in process ${pid}`);
  const owner = 'path' in address ? await ownerOfPath(address.path) : await portOwner(address.port);
  if (owner !== undefined && owner.pid !== pid) throw new NotStale(`it is in process ${owner.pid} and not in ${pid}`);
  if (!(await runsCommand(record, owner))) throw new NotStale(`process ${pid} does not run the command of the service`);
}

async function runsCommand({ pid, command, startTime }: ServiceRecord, owner: PortOwner | undefined): Promise<boolean> {
  if (platform() !== 'linux') return owner === undefined || owner.command === '' || owner.command === command;
  return (await commandOf(pid)) === command && readProcessStat(pid)?.startTime === startTime;
}

/** Resolves to whether it had to be killed, once its end is proved: the connection lasts as long as its process. */
async function end({ pid }: ServiceRecord, connection: ByteConnection): Promise<boolean> {
  wrap<IdentityDoor>(connection)
    .end()
    .catch(() => {});
  try {
    await waitWithin(() => connection.closed, { timeout: GRACE_MS }, 'Its end');
    return false;
  } catch {
    if (hasGroups) signalGroup(pid, 'SIGKILL');
    await connection.closed;
    return true;
  }
}

async function forgetPath(address: NetAddress): Promise<void> {
  // Its file may be left; who listens there next replaces it. But nobody may be behind it.
  if ('path' in address && (await isSocketServed(address.path))) throw new NotStale('somebody else listens there now');
}

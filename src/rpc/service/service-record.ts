/**
 * What a program writes down of a service that it starts at a certain address, for the case that it is ended without
 * having ended the service: how the service can be asked whether it is the one, and by what secret both prove it.
 *
 * The file is this user's only, in a folder that is this user's only; one that is not is not believed: whoever could
 * write it could have any process of the user's ended.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { platform, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface ServiceRecord {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  /** When the process was started, in the system's own terms; empty where it does not tell. */
  readonly startTime: string;
  readonly command: string;
  /** The secret. */
  readonly identity: string;
  /** The port at which the service proves that it knows it, to who does. */
  readonly door: number;
}

const OTHERS_MAY = 0o077;
const OWNER_ONLY = 0o600;

/** Notes it in one step: a reader finds the whole of it or what was there before. */
export function writeRecord(record: ServiceRecord): void {
  const file = fileFor(record.name, record.address);
  const draft = `${file}.${record.pid}`;
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  rmSync(draft, { force: true });
  // Refuses to write to what is there: a link, say.
  writeFileSync(draft, JSON.stringify(record), { mode: OWNER_ONLY, flag: 'wx' });
  renameSync(draft, file);
}

/** What is noted of the service at that address; undefined if nothing is, or nothing that can be believed. */
export function readRecord(name: string, address: string): ServiceRecord | undefined {
  try {
    const file = fileFor(name, address);
    if (!isOwnOnly(folder()) || !isOwnOnly(file)) return undefined;
    const record = JSON.parse(readFileSync(file, 'utf8')) as ServiceRecord;
    return isRecord(record) && record.name === name && record.address === address ? record : undefined;
  } catch {
    // There is none.
    return undefined;
  }
}

/** Forgets it, unless something else has been noted meanwhile. */
export function removeRecord({ name, address, identity }: Pick<ServiceRecord, 'name' | 'address' | 'identity'>): void {
  if (readRecord(name, address)?.identity !== identity) return;
  rmSync(fileFor(name, address), { force: true });
}

function folder(): string {
  return join(tmpdir(), `reveille-services-${userInfo().uid}`);
}

function fileFor(name: string, address: string): string {
  const key = createHash('sha256').update(`${name}\0${address}`).digest('hex').slice(0, 32);
  return join(folder(), `${key}.json`);
}

/** On Windows the folder for temporary files is the user's own. */
function isOwnOnly(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  return platform() === 'win32' || (uid === userInfo().uid && (mode & OTHERS_MAY) === 0);
}

function isRecord(record: Partial<ServiceRecord> | null): record is ServiceRecord {
  if (typeof record !== 'object' || record === null) return false;
  const { pid, door, command, identity, startTime } = record;
  const isText = [command, identity, startTime].every((text) => typeof text === 'string');
  return isText && Number.isInteger(pid) && Number.isInteger(door) && (pid as number) > 1;
}

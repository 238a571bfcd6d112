/** Opens what a job reads and writes, so that what cannot be opened is said before any work begins. */
import { createReadStream, createWriteStream, fstatSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { UnusableError } from '../usage-error.ts';

const READ_AHEAD = 256 * 1024;
const WRITE_BEHIND = 256 * 1024;

/** A file that is read. */
export interface InputFile {
  readonly stream: Readable;
  /** Its size, if it is a file with one rather than a pipe or a device. */
  readonly bytes: number | undefined;
  close(): Promise<void>;
}

/** A file that is written. */
export interface OutputFile {
  readonly stream: Writable;
  close(): Promise<void>;
}

/** Opens the input. @throws {UnusableError} if it cannot be read. */
export function openInput(path: string): InputFile {
  const fd = opened(path, 'r', 'input');
  const about = fstatSync(fd);
  const stream = createReadStream(path, { fd, highWaterMark: READ_AHEAD });
  if (about.isDirectory()) {
    stream.destroy();
    throw new UnusableError(`Cannot read the input '${path}': it is a directory`);
  }
  return {
    stream,
    bytes: about.isFile() ? about.size : undefined,
    // A read that is under way, on a pipe that nothing comes from, cannot be waited for.
    close: async () => void stream.destroy(),
  };
}

/**
 * Opens a file to write.
 *
 * @param append keep what is in it: it holds what a stopped job has done.
 * @param input the file that must not be overwritten.
 * @throws {UnusableError} if it cannot be written, or is the input.
 */
export async function openOutput(path: string, what: string, append: boolean, input?: string): Promise<OutputFile> {
  if (input !== undefined && (await isSameFile(input, path))) {
    throw new UnusableError(`The ${what} '${path}' is the input: name another file`);
  }
  const fd = opened(path, append ? 'a' : 'w', what);
  const stream = createWriteStream(path, { fd, highWaterMark: WRITE_BEHIND });
  return { stream, close: () => ended(stream) };
}

function opened(path: string, flags: string, what: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnusableError(`Cannot open the ${what} '${path}': ${why}`);
  }
}

/** Resolves when the file is closed; a stream that failed has closed it already. */
async function ended(stream: Writable): Promise<void> {
  if (stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
    stream.once('error', () => resolve());
    stream.end();
  });
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [from, to] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)));
  return from !== undefined && to !== undefined && to.isFile() && from.ino === to.ino && from.dev === to.dev;
}

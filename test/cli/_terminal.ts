/** A standard stream that keeps what is written to it, and may pretend to be a terminal. */
import { PassThrough, Writable } from 'node:stream';
import type { CommandIo } from '../../src/cli/io.ts';

export class KeptOutput extends Writable {
  readonly isTTY: boolean;
  columns = 80;
  #written = '';

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#written += chunk.toString();
    callback();
  }

  /** What was written since the last time. */
  take(): string {
    const written = this.#written;
    this.#written = '';
    return written;
  }
}

/** A process for the command, with the given outputs. */
export function ioWith(stdout: KeptOutput, stderr: KeptOutput, packageRoot: URL): CommandIo {
  return {
    stdin: new PassThrough(),
    stdout,
    stderr,
    runScript: ['nothing'],
    packageRoot,
  };
}

/** Runs a tool of the system that tells something. */
import { execFile } from 'node:child_process';

const LIMIT_MS = 5_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** What the tool prints. Rejects if it is not there, fails, says too much or takes too long. */
export function runTool(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout: LIMIT_MS, maxBuffer: MOST_BYTES, windowsHide: true }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

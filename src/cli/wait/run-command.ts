/** Runs the command for which was waited, in the place of this one as far as its caller can tell. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { kill } from 'node:process';
import type { ProcessSignal } from '../../lifecycle/process-signals.ts';
import { runtime } from '../../runtime.ts';
import { CANNOT_RUN, NOT_FOUND, SIGNALLED } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { STOP_SIGNALS } from '../stop-signals.ts';

/** Resolves to its exit code; what signals this process gets, it gets. */
export async function runCommand([name, ...args]: readonly [string, ...string[]], io: CommandIo): Promise<number> {
  const child = spawn(name, args, { stdio: 'inherit' });
  const forward = (signal: ProcessSignal): void => {
    // A terminal's Ctrl-C goes to both by itself.
    if (signal === 'SIGINT' && io.stdin.isTTY === true) return;
    // `child.kill` on Deno makes up an exit, whatever the child does about the signal.
    if (child.pid !== undefined && child.exitCode === null) sendTo(child.pid, signal);
  };
  const unlisten = STOP_SIGNALS.map((signal) => runtime().onSignal(signal, () => forward(signal)));
  try {
    return await new Promise<number>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        io.stderr.write(`reveille: Cannot run '${name}': ${error.message}\n`);
        resolve(error.code === 'ENOENT' ? NOT_FOUND : CANNOT_RUN);
      });
      child.once('exit', (code, signal) => resolve(code ?? exitCodeAfter(signal)));
    });
  } finally {
    for (const each of unlisten) each();
  }
}

function sendTo(pid: number, signal: ProcessSignal): void {
  try {
    kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

function exitCodeAfter(signal: string | null): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return SIGNALLED + (numbers[signal ?? ''] ?? 0);
}

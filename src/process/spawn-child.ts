/** The start and the end of a child process, whichever way the platform tells of them. */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import type { ProcessExit } from './process-exit.ts';
import { hasGroups } from './process-group.ts';
import type { ProcessSettings } from './process-options.ts';

/** Starts it, or tells why that was refused. What is found out later, `exitOf` tells. */
export function spawnChild({
  command,
  args,
  env,
  cwd,
  stdio,
  ipc,
}: ProcessSettings): ChildProcess | { readonly error: unknown } {
  const options: SpawnOptions = {
    stdio: ipc ? [...stdio, 'ipc'] : [...stdio],
    // A group of its own, so that all of it can be ended. On Windows this would only take it out of the parent's job.
    detached: hasGroups,
    windowsHide: true,
    ...(env === undefined ? {} : { env: { ...env } }),
    ...(cwd === undefined ? {} : { cwd }),
  };
  try {
    return spawn(command, [...args], options);
  } catch (error) {
    return { error };
  }
}

/** How the process itself ends; also if it cannot be started. */
export function exitOf(child: ChildProcess): Promise<Omit<ProcessExit, 'output'>> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', (error) => {
      // Other errors, as of a message that could not be sent, do not end it.
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
  });
}

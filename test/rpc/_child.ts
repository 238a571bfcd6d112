/** Processes of the tests, on the runtime that runs the tests. */
import { type ChildProcess, type SerializationType, spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Starts a script with an IPC channel. Its errors are the test's. */
export function startChild(
  script: string,
  serialization: SerializationType,
  args: readonly string[] = [],
): ChildProcess {
  return spawn(process.execPath, [...runtimeArguments(), fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization,
  });
}

/** Resolves once the process is gone. */
export async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}

function runtimeArguments(): string[] {
  if ('Deno' in globalThis) return ['run', '-A', '--no-prompt'];
  if ('Bun' in globalThis) return [];
  // Node before 22.18 reads TypeScript with the loader of the tests only.
  return ['--import', new URL('../support/ts-loader.mjs', import.meta.url).href];
}

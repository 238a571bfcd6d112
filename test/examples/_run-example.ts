/** Runs an example in a process of its own, from the root of the package as a reader would, on the running runtime. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { resultOf, type ScriptResult } from '../support/run-script.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function runExample(script: string, args: readonly string[]): Promise<ScriptResult> {
  const flags = 'Deno' in globalThis ? ['run', '-A', '--no-prompt'] : [];
  const child = spawn(process.execPath, [...flags, `examples/${script}`, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return resultOf(child);
}

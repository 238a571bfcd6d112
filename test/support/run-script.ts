/** Runs a script of the tests in a process of its own, on the runtime that runs the tests. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** How a process ended. */
export interface ScriptResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `script` to its end. */
export function runScript(script: URL, args: readonly string[] = []): Promise<ScriptResult> {
  const child = spawn(process.execPath, [...runtimeArguments(), fileURLToPath(script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return resultOf(child);
}

/** What `child` has written, and its code, once it has ended. */
export function resultOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ScriptResult> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function runtimeArguments(): string[] {
  if ('Deno' in globalThis) return ['run', '-A', '--no-prompt'];
  if ('Bun' in globalThis) return [];
  // Node before 22.18 reads TypeScript with the loader of the tests only.
  return ['--import', new URL('./ts-loader.mjs', import.meta.url).href];
}

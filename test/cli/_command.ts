/** Runs the built command in a process of its own, on the runtime that runs the tests. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const RUNTIME: 'node' | 'deno' | 'bun' = 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node';

const COMMAND = fileURLToPath(new URL('../../dist/adapters/cli.js', import.meta.url));

/** The path of a file beside the tests of the command. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** The path of a file in a folder that is gone when the test is over. */
export function scratch(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

/** How the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, running. */
export class RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  readonly #onOutput = new Set<() => void>();

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const flags = RUNTIME === 'deno' ? ['run', '-A', '--no-prompt'] : [];
    const child = spawn(process.execPath, [...flags, COMMAND, ...args], { env: { ...process.env, ...env } });
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.#stdout += text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.#stderr += text)));
    // The command may well end before it has read everything.
    child.stdin.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  /** Sends a signal. (On Deno, `child.kill` closes its standard input as well, and makes up an exit by that signal.) */
  signal(name: 'SIGINT' | 'SIGTERM'): void {
    if (this.child.pid !== undefined) process.kill(this.child.pid, name);
  }

  /** Resolves when standard output or standard error matches. */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    while (!pattern.test(stream === 'stdout' ? this.#stdout : this.#stderr)) {
      await new Promise<void>((resolve, reject) => {
        const heard = (): void => {
          this.#onOutput.delete(heard);
          resolve();
        };
        this.#onOutput.add(heard);
        this.ended.then(
          ({ code, stderr }) => reject(new Error(`Ended with ${code} before ${stream} matched ${pattern}: ${stderr}`)),
          reject,
        );
      });
    }
  }

  #heard(keep: () => void): void {
    keep();
    for (const heard of this.#onOutput) heard();
  }
}

/** Runs the command to its end with `input` on its standard input. */
export function reveille(args: readonly string[], input = '', env: Record<string, string> = {}): Promise<Ended> {
  const command = new RunningCommand(args, env);
  command.child.stdin.end(input);
  return command.ended;
}

/** Processes for tests, ended with the test whatever becomes of it. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import '../support/install-runtime.ts';
import { type ManagedProcess, type ProcessOptions, startProcess } from '../../src/process.ts';
import { watchRunning } from '../../src/testing/running-thing.ts';

/** Runs until it is ended. */
export const HOLD = 'exec tail -f /dev/null';
/** The same, and does not end when it is asked. */
export const STUBBORN = `trap '' TERM; echo on; ${HOLD}`;

export function started(command: string, args: readonly string[], options?: ProcessOptions): ManagedProcess {
  const child = startProcess(command, args, options);
  onTestFinished(async () => void (await child.kill()));
  return child;
}

export function shell(script: string, options?: ProcessOptions): ManagedProcess {
  return started('/bin/sh', ['-c', script], options);
}

/** A program of JavaScript on the runtime that runs the tests. */
export function program(deeds: readonly string[], options?: ProcessOptions): ManagedProcess {
  return started(process.execPath, [...runtimeArguments(), serviceFile, ...deeds], options);
}

export const serviceFile: string = fileURLToPath(new URL('./_service.mjs', import.meta.url));

export function runtimeArguments(): string[] {
  return 'Deno' in globalThis ? ['run', '-A', '--no-prompt'] : [];
}

/** The states that it goes through from now on. */
export function statesOf(child: ManagedProcess): string[] {
  const states: string[] = [];
  child.addEventListener('statechange', ({ state }) => void states.push(state));
  return states;
}

/** The numbers that its output has after a word, as in 'child 4711'. */
export function numbersAfter(word: string, text: string): number[] {
  return [...text.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map(([, number]) => Number(number));
}

export function isRunning(pid: number): boolean {
  return watchRunning(pid).isAlive();
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return await promise.then(
    () => {
      throw new Error('Expected a rejection');
    },
    (error: unknown) => error as Error & Record<string, unknown>,
  );
}

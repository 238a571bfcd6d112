/** What `startProcess` takes, and the checks that refuse anything else at once. */
import { checkCount, checkDelay, checkObject, checkOneOf } from '../pacing/option-checks.ts';
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import { checkReady, type ReadyWhen } from './readiness.ts';
import { type RestartOptions, RestartPolicy } from './restart-policy.ts';

/** Where one of a process's streams leads: to its parent, to where its parent's leads, or nowhere. */
export type StreamTarget = 'pipe' | 'inherit' | 'ignore';

/** How a process is started and kept. */
export interface ProcessOptions {
  /** What it is called in messages. @default {the command} */
  readonly name?: string | undefined;
  /** How it says that it can be used. Without it, it is ready once it runs. */
  readonly ready?: ReadyWhen | undefined;
  /** Milliseconds that it may take to become ready; then it is ended. @default {30_000} */
  readonly readyTimeout?: number | undefined;
  /** Ends it, whenever it is aborted, as `terminate()` does; a wait for `ready` rejects with the reason. */
  readonly signal?: AbortSignal | undefined;
  /** The whole environment, as for `node:child_process`. @default {this process's} */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default {this process's} */
  readonly cwd?: string | URL | undefined;
  /** Where its streams lead. Only what is a pipe can be read. @default {stdin: 'ignore', stdout and stderr: 'pipe'} */
  readonly stdio?: StreamTarget | StreamTargets | undefined;
  /** Whether it has an IPC channel. @default {only with `ready: 'ipc'`} */
  readonly ipc?: boolean | undefined;
  /** The most characters of each stream that are kept. @default {65_536} */
  readonly maxOutput?: number | undefined;
  /** Milliseconds between asking it to end and killing it, unless `terminate` is told. @default {5_000} */
  readonly grace?: number | undefined;
  /** Whether and how it is started again when it ends. @default {false} */
  readonly restart?: boolean | RestartOptions | undefined;
  /**
   * Whether it ends with the process that started it, also if that is killed; on Node and Bun with the very thread. It
   * is killed then, not asked: end it by `terminate` where there is time to.
   *
   * @default {true}
   */
  readonly diesWithParent?: boolean | undefined;
}

/** Where each stream leads. */
export interface StreamTargets {
  readonly stdin?: StreamTarget | undefined;
  readonly stdout?: StreamTarget | undefined;
  readonly stderr?: StreamTarget | undefined;
}

/** How a process is asked to end: by a signal, or by a message over its IPC channel. */
export type Ask = NodeJS.Signals | { readonly message: unknown };

/** How a process is ended. */
export interface TerminateOptions extends WaitOptions {
  /** Milliseconds until what is left of it is killed; Infinity never to kill. @default {that of the process} */
  readonly grace?: number | undefined;
  /** On Windows a signal ends most processes at once. @default {'SIGTERM'} */
  readonly ask?: Ask | undefined;
}

const TARGETS = ['pipe', 'inherit', 'ignore'];
const READY_TIMEOUT_MS = 30_000;
const GRACE_MS = 5_000;
const MAX_OUTPUT = 65_536;

/** What a process is started and kept with, all of it said. */
export interface ProcessSettings {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly ready: ReadyWhen | undefined;
  readonly readyTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd: string | URL | undefined;
  readonly stdio: readonly [stdin: StreamTarget, stdout: StreamTarget, stderr: StreamTarget];
  readonly ipc: boolean;
  readonly maxOutput: number;
  readonly grace: number;
  readonly restart: RestartPolicy | undefined;
  readonly diesWithParent: boolean;
}

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function settingsFrom(command: string, args: readonly string[], options: ProcessOptions): ProcessSettings {
  checkCommand(command, args);
  checkObject('the options of a process', options);
  const { name = command, ready, readyTimeout = READY_TIMEOUT_MS, signal, env, cwd, restart = false } = options;
  const { maxOutput = MAX_OUTPUT, grace = GRACE_MS, diesWithParent = true } = options;
  if (typeof name !== 'string') throw new TypeError(`Expected option 'name' to be a string, got ${describe(name)}`);
  if (ready !== undefined) checkReady(ready);
  checkDelay('readyTimeout', readyTimeout);
  checkWaitOptions({ signal });
  if (env !== undefined) checkObject("option 'env'", env);
  if (cwd !== undefined && typeof cwd !== 'string' && !(cwd instanceof URL)) {
    throw new TypeError(`Expected option 'cwd' to be a path or a URL, got ${describe(cwd)}`);
  }
  checkCount('maxOutput', maxOutput);
  checkDelay('grace', grace);
  checkBoolean('diesWithParent', diesWithParent);
  const { ipc = ready === 'ipc' } = options;
  checkBoolean('ipc', ipc);
  if (ready === 'ipc' && !ipc) throw new TypeError("Expected option 'ipc' to be true with ready: 'ipc', got false");
  return {
    ...{ name, command, args, ready, readyTimeout, signal, env, cwd, ipc, maxOutput, grace, diesWithParent },
    stdio: streamsFrom(options.stdio ?? {}, ready),
    restart: restart === false ? undefined : new RestartPolicy(restart === true ? {} : restart),
  };
}

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function checkTerminateOptions(options: TerminateOptions, { ipc }: ProcessSettings): void {
  checkWaitOptions(options);
  const { grace, ask } = options;
  if (grace !== undefined) checkDelay('grace', grace);
  if (ask === undefined) return;
  if (typeof ask === 'string') {
    if (/^SIG[A-Z0-9]+$/.test(ask)) return;
    throw new TypeError(`Expected option 'ask' to be the name of a signal, as 'SIGINT', got '${String(ask)}'`);
  }
  if (typeof ask !== 'object' || ask === null || !('message' in ask)) {
    throw new TypeError(`Expected option 'ask' to be the name of a signal or { message }, got ${describe(ask)}`);
  }
  if (!ipc) throw new TypeError("Cannot ask by a message: the process was started without option 'ipc'");
}

function checkCommand(command: unknown, args: unknown): void {
  if (typeof command !== 'string' || command === '') {
    throw new TypeError(`Expected 'command' to be the name of a program, got ${describe(command)}`);
  }
  if (Array.isArray(args) && args.every((each) => typeof each === 'string')) return;
  throw new TypeError(`Expected 'args' to be an array of strings, got ${describe(args)}`);
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new TypeError(`Expected option '${name}' to be a boolean, got ${describe(value)}`);
}

function streamsFrom(stdio: StreamTarget | StreamTargets, ready: ReadyWhen | undefined): ProcessSettings['stdio'] {
  if (typeof stdio !== 'string') checkObject("option 'stdio'", stdio);
  const targets = typeof stdio === 'string' ? { stdin: stdio, stdout: stdio, stderr: stdio } : stdio;
  const { stdin = 'ignore', stdout = 'pipe', stderr = 'pipe' } = targets;
  for (const [name, target] of Object.entries({ stdin, stdout, stderr })) checkOneOf(`stdio.${name}`, target, TARGETS);
  const isRead = { stdout: stdout === 'pipe', stderr: stderr === 'pipe' };
  if (typeof ready === 'object' && 'line' in ready) {
    const readable = ready.stream === undefined ? isRead.stdout || isRead.stderr : isRead[ready.stream];
    if (!readable) throw new TypeError("Expected option 'stdio' to make the stream of the ready line a 'pipe'");
  }
  return [stdin, stdout, stderr];
}

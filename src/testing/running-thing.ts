/** Processes and threads as the platforms hand them out, reduced to what a test may wait for. */
import { isProcessRunning } from '../process/is-process-running.ts';
import { describe } from '../signal/wait-options.ts';
import type { EmitterLike, EventSource } from './event-source.ts';

/** How a process or thread ended, as far as the platform tells. */
export interface Exit {
  /** Undefined where it is not known: of a process that is known by its number only. */
  readonly code: number | null | undefined;
  /** The signal that ended a process. */
  readonly signal: string | null | undefined;
}

/** A child process of `node:child_process`. */
export interface ChildProcessLike extends EmitterLike {
  readonly pid?: number | undefined;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
}

/** A thread of `node:worker_threads`. */
export interface WorkerLike extends EmitterLike {
  readonly threadId: number;
  terminate(): unknown;
}

/** What has a promise for its end: a subprocess of Bun, a child process of Deno, a managed process. */
export interface ExitingLike {
  readonly pid?: number | undefined;
  readonly exited?: PromiseLike<unknown>;
  readonly status?: PromiseLike<unknown>;
}

/** A process by its number, or what stands for a process or thread. */
export type Running = number | ChildProcessLike | WorkerLike | ExitingLike;

/** What is known of a process or thread by now, and what tells of more. */
export interface Watched {
  readonly name: string;
  readonly on: readonly EventSource[];
  /** How it ended, or undefined if it has not, as far as is known. */
  exit(): Exit | undefined;
  /** Whether it is known to run. */
  isAlive(): boolean;
  /** No longer listens. */
  forget(): void;
}

/**
 * @throws {TypeError} for anything else.
 */
export function watchRunning(target: Running): Watched {
  if (typeof target === 'number') return watchPid(target);
  if (typeof target === 'object' && target !== null) {
    if ('exitCode' in target && 'on' in target) return watchChild(target);
    if ('threadId' in target && 'on' in target) return watchWorker(target);
    const end = 'exited' in target ? target.exited : 'status' in target ? target.status : undefined;
    if (typeof end?.then === 'function') return watchEnd(target.pid, end);
  }
  throw new TypeError(
    `Expected a child process, a worker thread, what has a promise 'exited' or 'status', or a process number, got ` +
      describe(target),
  );
}

/** Nobody tells of the end of a process that is not a child: only looking helps. */
function watchPid(pid: number): Watched {
  if (!Number.isInteger(pid) || pid < 1) throw new RangeError(`Expected a process number from 1, got ${pid}`);
  return {
    name: `process ${pid}`,
    on: [],
    exit: () => (isProcessRunning(pid) ? undefined : { code: undefined, signal: undefined }),
    isAlive: () => isProcessRunning(pid),
    forget: () => {},
  };
}

function watchChild(child: ChildProcessLike): Watched {
  const exit = (): Exit | undefined => {
    const { exitCode: code, signalCode: signal } = child;
    return code === null && signal === null ? undefined : { code, signal };
  };
  return {
    name: `child process ${child.pid ?? '(not started)'}`,
    on: [[child, 'spawn', 'exit', 'error']],
    exit,
    isAlive: () => child.pid !== undefined && exit() === undefined,
    forget: () => {},
  };
}

function watchWorker(worker: WorkerLike): Watched {
  let exit: Exit | undefined;
  let isOnline = false;
  const onExit = (code: unknown): void => void (exit ??= { code: code as number, signal: null });
  const onOnline = (): void => void (isOnline = true);
  worker.on('exit', onExit);
  for (const event of SIGNS_OF_LIFE) worker.on(event, onOnline);
  return {
    name: `thread ${worker.threadId}`,
    on: [[worker, 'exit', ...SIGNS_OF_LIFE]],
    // Node and Bun forget the number of a thread that has ended.
    exit: () => exit ?? (worker.threadId < 0 ? { code: undefined, signal: null } : undefined),
    isAlive: () => isOnline && exit === undefined,
    forget() {
      worker.off('exit', onExit);
      for (const event of SIGNS_OF_LIFE) worker.off(event, onOnline);
    },
  };
}

const SIGNS_OF_LIFE = ['online', 'message'];

function watchEnd(pid: number | undefined, end: PromiseLike<unknown>): Watched {
  let exit: Exit | undefined;
  const ended = Promise.resolve(end).then((how) => void (exit = exitOf(how)));
  return {
    name: pid === undefined ? 'process' : `process ${pid}`,
    on: [ended],
    exit: () => exit,
    isAlive: () => exit === undefined && (pid === undefined || isProcessRunning(pid)),
    forget: () => {},
  };
}

/** Bun resolves to the code, Deno to an object. */
function exitOf(how: unknown): Exit {
  if (typeof how === 'number') return { code: how, signal: undefined };
  const { code, signal } = (how ?? {}) as Partial<Exit>;
  return { code, signal };
}

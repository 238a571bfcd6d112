/**
 * Threads through `node:worker_threads`, the one thread API that Node, Deno and Bun share: Deno's web `Worker` keeps
 * the process alive and has no exit event, Bun's has no `resourceLimits`.
 *
 * https://nodejs.org/api/worker_threads.html
 *
 * A thread loads this file when it starts. `process` is the global: importing `node:process` reads all its properties,
 * and so opens the standard streams, which takes as long as everything else here together.
 */
import type { MessagePort, Worker as NodeWorker, WorkerOptions } from 'node:worker_threads';
import type { Entry, MovableValue, Thread, ThreadHost, ThreadSpec } from '../src/runtime.ts';
import { builtIn } from './built-in.ts';

const workerThreads: typeof import('node:worker_threads') = builtIn('node:worker_threads');
const { getEnvironmentData, parentPort, setEnvironmentData, Worker } = workerThreads;

export const isMainThread: boolean = workerThreads.isMainThread;
export const threadId: number = workerThreads.threadId;

/**
 * The engine's own data goes beside `workerData`, which is the user's: a thread inherits its spawner's environment
 * data.
 */
const SETUP_KEY = 'reveille:setup';

/** What threads and processes start on. The depth below the package is the same in the sources and in dist. */
export function entryUrl(entry: Entry): URL {
  return new URL(`../workers/${entry}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
}

/**
 * Starts a thread.
 *
 * @param moved - ports within `spec.setup`, which the thread gets
 */
export function spawnThread(spec: ThreadSpec, moved: readonly MessagePort[] = []): Thread {
  const { entry = 'thread', setup } = spec;
  setEnvironmentData(SETUP_KEY, { entry, setup });
  const worker = newWorker(entryUrl(entry), workerOptions(spec, moved));
  worker.on('message', (message: unknown) => spec.onMessage(message));
  worker.on('messageerror', (error: unknown) => spec.onError(error));
  worker.on('error', (error: unknown) => spec.onError(error));
  worker.on('exit', (code: number) => spec.onExit(code));
  if (spec.stdio === 'ignore') {
    worker.stdout?.resume();
    worker.stderr?.resume();
  }
  // The pool holds the process while it has work; a thread by itself never does.
  worker.unref();
  return {
    id: worker.threadId,
    stdout: worker.stdout,
    stderr: worker.stderr,
    postMessage: (message, transfer) => worker.postMessage(message, transfer as readonly ArrayBuffer[] | undefined),
    terminate: () => void worker.terminate(),
  };
}

/** This thread's side, when it was started by {@linkcode spawnThread}. */
export function threadHost(): ThreadHost | undefined {
  const port = parentPort;
  if (isMainThread || port === null) return undefined;
  const given: unknown = getEnvironmentData(SETUP_KEY);
  if (given === undefined) return undefined;
  const { entry, setup } = given as { readonly entry: Entry; readonly setup: unknown };
  setEnvironmentData(SETUP_KEY, undefined);
  return {
    entry,
    setup,
    workerData: workerThreads.workerData,
    postMessage: (message: unknown, transfer?: readonly MovableValue[]) =>
      port.postMessage(message, transfer as readonly ArrayBuffer[] | undefined),
    onMessage: (listener) => void port.on('message', listener),
    leave,
    onExit: () => {},
    onFatal: (listener) => {
      process.on('unhandledRejection', (reason) => {
        // A module that handles unhandled rejections itself decides itself.
        if (process.listenerCount('unhandledRejection') === 1) listener(reason);
      });
    },
  };
}

/** A thread's output goes through its spawner, and what is still on its way when the thread exits is lost. */
async function leave(code: number): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(code);
}

/** The setup is taken back at once: the user's own workers must not inherit it. */
function newWorker(entry: URL, options: AnyWorkerOptions): NodeWorker {
  try {
    return new Worker(entry, options);
  } finally {
    setEnvironmentData(SETUP_KEY, undefined);
  }
}

/** `smol` is Bun's, and unknown to Node's types; the other runtimes ignore it. */
type AnyWorkerOptions = WorkerOptions & { smol?: boolean };

function workerOptions(spec: ThreadSpec, moved: readonly MessagePort[]): AnyWorkerOptions {
  const captured = spec.stdio === 'pipe' || spec.stdio === 'ignore';
  const options: AnyWorkerOptions = {
    name: spec.name,
    workerData: spec.workerData,
    transferList: [...moved],
    stdout: captured,
    stderr: captured,
  };
  if (spec.env !== undefined) options.env = spec.env === 'share' ? workerThreads.SHARE_ENV : spec.env;
  if (spec.argv !== undefined) options.argv = [...spec.argv];
  if (spec.execArgv !== undefined) options.execArgv = [...spec.execArgv];
  if (spec.resourceLimits !== undefined) options.resourceLimits = spec.resourceLimits;
  if (spec.smol !== undefined) options.smol = spec.smol;
  return options;
}

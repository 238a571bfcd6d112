/** The Runtime on Deno: Node's, through Deno's `node:` modules, with what differs. */
import { installRuntime, type Runtime, type Thread, type ThreadHost, type ThreadSpec } from '../src/runtime.ts';
import { builtIn } from './built-in.ts';
import { commonRuntime, parallelism, pathOf, resolveModuleUrl } from './node-runtime.ts';
import { spawnThread } from './threads.ts';

/** The slice of Deno that this adapter uses. https://docs.deno.com/api/deno/ */
export interface DenoHost {
  readonly version: { readonly deno: string };
}

/** https://developer.mozilla.org/docs/Web/API/LockManager */
interface LockManager {
  request(name: string, callback: () => Promise<never>): Promise<never>;
}

export const denoRuntime: Runtime = {
  ...commonRuntime,
  name: 'deno',
  // performance.now() counts from the start of each thread.
  sharedClockOrigin: false,
  terminationIsProof: false,
  // https://github.com/denoland/deno/pull/35961
  channelEndIsTold: false,
  // TCP_NODELAY is off on its sockets: hyper's connector clears it.
  webSocketWaits: true,
  resolveModule: resolveModuleUrl,
  get parallelism(): number {
    return parallelism();
  },
  spawn: spawnWithLifeline,
  // Who may start processes may do anything: the flags that say less are not known here.
  commandFor: (entry) => ({ command: process.execPath, args: ['run', '-A', '--no-prompt', pathOf(entry)] }),
  prepareForTermination,
  host: hostThatExits(commonRuntime.host),
};

/**
 * Deno reports a thread's exit from within `terminate()`, while a thread that awaits an `import()` runs on for some
 * milliseconds: the import fails with `null`, and what awaits it goes on. A port that the thread holds is closed when
 * nothing of the thread is left; with both, the end is proved.
 */
function spawnWithLifeline(spec: ThreadSpec): Thread {
  const { MessageChannel } = builtIn('node:worker_threads');
  const { port1: watched, port2: lifeline } = new MessageChannel();
  let signs = 0;
  let exitCode = 0;
  const note = (): void => {
    // The exit may come from within terminate().
    if (++signs === 2) queueMicrotask(() => spec.onExit(exitCode));
  };
  const onExit = (code: number): void => {
    exitCode = code;
    note();
  };
  const setup = { ...(spec.setup as object), lifeline };
  let thread: Thread;
  try {
    thread = spawnThread({ ...spec, setup, onExit }, [lifeline]);
  } catch (error) {
    // Its other end with it.
    watched.close();
    throw error;
  }
  watched.once('close', note);
  // A port notices its end only while it is read.
  watched.on('message', () => {});
  watched.unref();
  return thread;
}

function hostThatExits(host: ThreadHost | undefined): ThreadHost | undefined {
  if (host === undefined) return undefined;
  return { ...host, onExit };
}

/** `process.exit` may leave a thread running: https://github.com/denoland/deno/pull/32169 */
function onExit(listener: (code: number) => void): void {
  const { exit } = process;
  process.exit = (code?: number | string | null) => {
    listener(Number(code ?? process.exitCode ?? 0));
    return exit(code);
  };
}

/**
 * `terminate()` does not stop JavaScript that runs on Deno 2.9 (https://github.com/denoland/deno/pull/35657), unless
 * the thread holds a Web Lock: then it is ended as the other runtimes do it. But a thread that is ended while it loads
 * a built-in module takes the process with it, so all of them are loaded first.
 */
async function prepareForTermination(): Promise<boolean> {
  const { locks } = (globalThis as unknown as { navigator: { locks?: LockManager } }).navigator;
  if (locks === undefined) return false;
  loadBuiltinModules();
  await new Promise<void>((granted) => {
    void locks.request(`reveille:${crypto.randomUUID()}`, () => {
      granted();
      return new Promise<never>(() => {});
    });
  });
  return true;
}

function loadBuiltinModules(): void {
  const { builtinModules, createRequire } = builtIn('node:module');
  const require = createRequire(import.meta.url);
  const { noDeprecation } = process;
  // Some are deprecated; it is not the user who loads them.
  process.noDeprecation = true;
  for (const name of builtinModules) {
    try {
      require(`node:${name.replace(/^node:/, '')}`);
    } catch {
      // Not every module that is named can be loaded; one that cannot be is not loaded later either.
    }
  }
  process.noDeprecation = noDeprecation ?? false;
}

/** Makes Deno the runtime of this thread. */
export function installDeno(): void {
  installRuntime(denoRuntime);
}

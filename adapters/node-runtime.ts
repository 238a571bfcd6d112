/** The Runtime on Node. Each runtime's file has the same parts in the same order. */
import { ModuleLoadError } from '../src/errors.ts';
import {
  type AsyncContext,
  type Entry,
  installRuntime,
  type KeepAlive,
  type Runtime,
  type Timer,
} from '../src/runtime.ts';
import { builtIn } from './built-in.ts';
import { entryUrl, isMainThread, spawnThread, threadHost, threadId } from './threads.ts';

/** The longest delay that a timer takes. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** What Deno and Bun have in common with Node; their adapters override what differs. */
export const commonRuntime: Omit<Runtime, 'parallelism'> = {
  name: 'node',
  threadId,
  mayBlock: !isMainThread,
  // Worker threads inherit the time origin of the process.
  sharedClockOrigin: true,
  terminationIsProof: true,
  channelEndIsTold: true,
  webSocketWaits: false,
  now: () => performance.now(),
  setTimer,
  keepAlive,
  defer: (callback) => void setImmediate(callback),
  asyncContext,
  onBeforeExit: (callback) => void process.on('beforeExit', callback),
  onSignal,
  exit: (code) => process.exit(code),
  activeResources,
  resolveModule: (module) => refuseUnreadableTypeScript(resolveModuleUrl(module)),
  spawn: spawnThread,
  commandFor: (entry) => ({ command: process.execPath, args: [...flagsToPassOn(), pathOf(entry)] }),
  prepareForTermination: () => Promise.resolve(true),
  host: threadHost(),
};

export const nodeRuntime: Runtime = {
  ...commonRuntime,
  get parallelism(): number {
    return parallelism();
  },
};

/** Asked for only when a pool is made. */
export function parallelism(): number {
  return builtIn('node:os').availableParallelism();
}

export function setTimer(callback: () => void, ms: number): Timer {
  const timer = setTimeout(callback, ms);
  timer.unref();
  return { cancel: () => clearTimeout(timer) };
}

/**
 * The longest timer there is, ref'd while held. It is made once and never fires in practice; if it does, it does
 * nothing.
 */
export function keepAlive(): KeepAlive {
  let timer: NodeJS.Timeout | undefined;
  return {
    hold() {
      if (timer === undefined) timer = setInterval(() => {}, LONGEST_DELAY_MS);
      else timer.ref();
    },
    release: () => void timer?.unref(),
  };
}

export function asyncContext<T>(): AsyncContext<T> {
  const { AsyncLocalStorage } = builtIn('node:async_hooks');
  const storage = new AsyncLocalStorage<T>();
  return { run: (value, callback) => storage.run(value, callback), get: () => storage.getStore() };
}

/**
 * https://nodejs.org/api/process.html#signal-events. Windows has SIGINT, SIGBREAK and SIGHUP only: there Deno refuses a
 * listener for another, and Node and Bun never call it.
 */
export function onSignal(name: string, callback: () => void): () => void {
  // One per call: the same callback may be passed twice.
  const listener = (): void => callback();
  try {
    process.on(name as NodeJS.Signals, listener);
  } catch {
    return () => {};
  }
  return () => void process.off(name, listener);
}

/** https://nodejs.org/api/process.html#processgetactiveresourcesinfo; Deno does not have it. */
function activeResources(): readonly string[] {
  const { getActiveResourcesInfo } = process as { readonly getActiveResourcesInfo?: () => string[] };
  return getActiveResourcesInfo?.() ?? [];
}

export function resolveModuleUrl(module: URL | string): string {
  if (module instanceof URL) return module.href;
  if (/^(file|data|https?|node|blob):/.test(module)) return module;
  return builtIn('node:url').pathToFileURL(builtIn('node:path').resolve(module)).href;
}

function refuseUnreadableTypeScript(href: string): string {
  const readsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);
  const hasLoader = process.execArgv.some((argument) =>
    /^--?(import|loader|experimental-loader|require|r)\b/.test(argument),
  );
  if (readsTypeScript || hasLoader || !/\.[mc]?ts$/.test(href)) return href;
  throw new ModuleLoadError(
    `Cannot load the TypeScript module ${href} on Node ${process.versions.node}, which does not read TypeScript: ` +
      'compile it to .js, use Node 22.18 or newer, or start Node with --import and a TypeScript loader',
  );
}

/** Those of an inspector or of a text to run are this process's own. */
function flagsToPassOn(): string[] {
  const isOwn = (flag = ''): boolean => /^(-e|-p|-pe|--eval|--print)$/.test(flag);
  return process.execArgv.filter(
    (flag, i) => !isOwn(flag) && !isOwn(process.execArgv[i - 1]) && !/^--(inspect|test|watch|input-type)/.test(flag),
  );
}

export function pathOf(entry: Entry): string {
  return builtIn('node:url').fileURLToPath(entryUrl(entry));
}

/** Makes Node the runtime of this thread. */
export function installNode(): void {
  installRuntime(nodeRuntime);
}

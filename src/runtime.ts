/**
 * What a runtime must provide, and which one is installed.
 *
 * `src` knows no runtime. An adapter (main thread) or a worker entry (inside a thread) installs one of these before
 * anything else runs; everything platform-specific goes through it.
 */

/** A timer that does not keep the process alive. */
export interface Timer {
  cancel(): void;
}

/** Something that keeps this thread's event loop alive while it is held; `hold` and `release` are idempotent. */
export interface KeepAlive {
  hold(): void;
  release(): void;
}

/** A value that follows asynchronous control flow, as `AsyncLocalStorage` does. */
export interface AsyncContext<T> {
  run<R>(value: T, callback: () => R): R;
  get(): T | undefined;
}

/**
 * What may be moved rather than copied in a message: an ArrayBuffer, a MessagePort, or what else the runtime can move.
 */
export type MovableValue = object;

/** Limits that a thread's JavaScript heap is held to, as `node:worker_threads` names them. */
export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly maxYoungGenerationSizeMb?: number;
  readonly codeRangeSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** What threads and processes of the package start on: a pool's thread, or a service, in either. */
export type Entry = 'thread' | 'service';

/** What threads are started with, as `node:worker_threads` has it. */
export interface ThreadSettings {
  /** The threads' environment; `'share'` to share this thread's. */
  readonly env?: Record<string, string | undefined> | 'share';
  readonly argv?: readonly unknown[];
  readonly execArgv?: readonly string[];
  readonly resourceLimits?: ResourceLimits;
  /** What becomes of the threads' output. `pipe`: the streams are in the `threadstart` event. @default 'inherit' */
  readonly stdio?: 'inherit' | 'pipe' | 'ignore';
  /** Bun: a smaller heap at the cost of speed. */
  readonly smol?: boolean;
}

/** How a thread is started. Callbacks come from the spawning thread's event loop. */
export interface ThreadSpec extends ThreadSettings {
  readonly name: string;
  /** @default {'thread'} */
  readonly entry?: Entry;
  /** What the engine tells its thread. Structured clone; shared memory is shared. */
  readonly setup: unknown;
  /** What the user hands over: `workerData` of `node:worker_threads` in the thread. */
  readonly workerData?: unknown;
  onMessage(message: unknown): void;
  onError(error: unknown): void;
  onExit(code: number): void;
}

/** A running thread, as its spawner sees it. It does not keep the process alive. */
export interface Thread {
  readonly id: number;
  /** Output streams, with `stdio: 'pipe'`. */
  readonly stdout: unknown;
  readonly stderr: unknown;
  postMessage(message: unknown, transfer?: readonly MovableValue[]): void;
  /** Ends the thread whatever it does. `onExit` is the proof; see the runtime's own limits. */
  terminate(): void;
}

/** The thread's own side of the connection with its spawner. */
export interface ThreadHost {
  /** What the thread was started on. */
  readonly entry: Entry;
  /** What the spawner gave as `setup`. */
  readonly setup: unknown;
  /** What the spawner gave as `workerData`. */
  readonly workerData: unknown;
  postMessage(message: unknown, transfer?: readonly MovableValue[]): void;
  /** Messages from the spawner; while a listener is set, the thread's event loop stays alive. */
  onMessage(listener: (message: unknown) => void): void;
  /** Ends the thread, once what it has printed is out. */
  leave(code: number): Promise<void>;
  /** Called when the thread's code calls `process.exit`, where that alone may not end it. The listener may throw. */
  onExit(listener: (code: number) => void): void;
  /** Called with an error that nobody caught, if the runtime would otherwise let it pass unseen. */
  onFatal(listener: (error: unknown) => void): void;
}

/** A runtime: Node, Deno or Bun, on the main thread or inside a worker thread. */
export interface Runtime {
  readonly name: 'node' | 'deno' | 'bun';
  /** The runtime's own number for this thread: what its spawner reads as `worker.threadId`. */
  readonly threadId: number;
  /** How many threads run at the same time on this machine. */
  readonly parallelism: number;
  /** False on the process's main thread, whose event loop must not be blocked. */
  readonly mayBlock: boolean;
  /** Whether `now()` counts from the same instant on every thread of the process. */
  readonly sharedClockOrigin: boolean;
  /**
   * Whether `terminate` stops a thread whatever it does. Where it does not, it does for threads that have prepared for
   * it; see `prepareForTermination`.
   */
  readonly terminationIsProof: boolean;
  /** Whether a process always hears of the end of its IPC channel, also when that is reset with messages on the way. */
  readonly channelEndIsTold: boolean;
  /**
   * Whether the platform's `WebSocket` has a small write wait until what it sent before is acknowledged, and makes two
   * writes of a longer message; see `src/rpc/nagle.ts`.
   */
  readonly webSocketWaits: boolean;
  /** Milliseconds, monotonic, with a fraction; comparable across threads only if `sharedClockOrigin`. */
  now(): number;
  /** Calls back once after `ms` (0 to 2^31-1). It may fire up to 1 ms early; whoever needs exactness re-checks. */
  setTimer(callback: () => void, ms: number): Timer;
  keepAlive(): KeepAlive;
  /** Calls back after the event loop has had a turn: pending I/O, timers and messages go first. */
  defer(callback: () => void): void;
  asyncContext<T>(): AsyncContext<T>;
  /**
   * Calls back when nothing keeps the process alive any more and it is about to end; what is then started is waited
   * for.
   */
  onBeforeExit(callback: () => void): void;
  /**
   * Calls back at each signal of that name that the process gets, instead of what the signal does by itself, and
   * without keeping the process alive. Returns what undoes it. Where the system knows no such signal, never calls back.
   */
  onSignal(name: string, callback: () => void): () => void;
  /** Ends the process now. */
  exit(code: number): void;
  /** What keeps this thread's event loop alive, as the runtime calls it; empty where it does not tell. */
  activeResources(): readonly string[];
  /**
   * The absolute URL of a task module given as URL or path; throws a `ModuleLoadError` where this runtime cannot load
   * it.
   */
  resolveModule(module: URL | string): string;
  spawn(spec: ThreadSpec): Thread;
  /**
   * The command that runs one of the package's entries in a process of its own, on this runtime, with the flags of this
   * process that say how modules are loaded and what they may do.
   */
  commandFor(entry: Entry): { readonly command: string; readonly args: readonly string[] };
  /**
   * Does what it takes for `terminate` to stop this thread whatever it runs; once, in a thread that somebody may end.
   * Resolves to whether it now does.
   */
  prepareForTermination(): Promise<boolean>;
  /** Present inside a thread started by `spawn`. */
  readonly host: ThreadHost | undefined;
}

let installed: Runtime | undefined;

/** Makes `runtime` the one this thread uses. Called once, by an adapter or a worker entry. */
export function installRuntime(runtime: Runtime): void {
  installed = runtime;
}

/**
 * The installed runtime.
 *
 * @throws {Error} if none is: the package was imported past its entry points.
 */
export function runtime(): Runtime {
  if (installed === undefined) {
    throw new Error("No runtime is installed: import from 'reveille' rather than from its inner files");
  }
  return installed;
}

/** What the command needs of the world around it: the process, and the engine that runs the tasks. */
import type { Readable, Writable } from 'node:stream';

/** A stream to write to, which may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The process, as the command sees it. */
export interface CommandIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** The executable of the running runtime, and the arguments that make it run a script. */
  readonly runScript: readonly [executable: string, ...flags: string[]];
  /** The folder of the package, with a slash at its end. */
  readonly packageRoot: URL;
}

/** The part of `createPool`'s options that the command uses. */
export interface EngineOptions {
  readonly threads: number;
  readonly concurrency: number;
  readonly name: string;
  readonly stdio: 'pipe';
}

/** What a thread prints, as readable streams where the runtime can redirect it. */
export interface ThreadOutput {
  readonly stdout: unknown;
  readonly stderr: unknown;
}

/** The part of `pool.run`'s options that the command uses. */
export interface EngineRunOptions {
  readonly timeout?: number;
  readonly killAfter?: number;
}

/** The part of a pool that the command uses. */
export interface EnginePool {
  /** By name; complete when `ready()` has resolved. */
  readonly tasks: object;
  ready(): Promise<unknown>;
  stats(): { readonly running: number; readonly queued: number };
  addEventListener(type: 'threadstart', listener: (event: ThreadOutput) => void): void;
  addEventListener(type: 'threadexit' | 'drain' | 'error', listener: () => void): void;
  run(name: string, args: unknown[], options: EngineRunOptions | undefined): Promise<unknown>;
  close(): Promise<unknown>;
  destroy(): Promise<unknown>;
}

/** What makes pools. */
export interface Engine {
  createPool(module: string, options: EngineOptions): EnginePool;
}

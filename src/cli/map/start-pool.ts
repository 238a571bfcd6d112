/** Starts the pool on the user's module, or says what is wrong with it. */
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ReveilleError } from '../../errors.ts';
import { runtime } from '../../runtime.ts';
import type { Engine, EnginePool } from '../io.ts';
import { UnusableError } from '../usage-error.ts';
import { chooseTask } from './choose-task.ts';
import type { MapOptions } from './options.ts';

/** A pool that is ready, and the name of the task to call. */
export interface StartedPool {
  readonly pool: EnginePool;
  readonly task: string;
}

/**
 * Starts `threads` threads on the module and finds the function to call. The module is never loaded on this thread: it
 * may be a program as well, and what it opens would keep the command from ending.
 *
 * @param print shows what the function prints.
 * @throws {UnusableError} if the module cannot be found or loaded, or has no such function.
 */
export async function startPool(
  options: MapOptions,
  threads: number,
  engine: Engine,
  print: (text: string) => void,
): Promise<StartedPool> {
  const url = usable(() => runtime().resolveModule(options.module));
  if (url.startsWith('file:') && !existsSync(fileURLToPath(url))) {
    throw new UnusableError(`Cannot find the module '${options.module}' (${fileURLToPath(url)})`);
  }
  const { concurrency } = options;
  const poolOptions = { threads, concurrency, name: 'reveille map', stdio: 'pipe' } as const;
  const pool = usable(() => engine.createPool(url, poolOptions));
  // Standard output holds results only. (Deno's `console` goes past a thread's streams, straight to the process's.)
  pool.addEventListener('threadstart', ({ stdout, stderr }) => {
    for (const stream of [stdout, stderr]) {
      if (stream instanceof Readable) stream.on('data', (chunk: unknown) => print(String(chunk)));
    }
  });
  try {
    await pool.ready();
    return { pool, task: chooseTask(options.module, Reflect.ownKeys(pool.tasks).map(String), options.exportName) };
  } catch (error) {
    await pool.destroy();
    throw asUnusable(error);
  }
}

function usable<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asUnusable(error);
  }
}

/** Options that the engine refuses, and modules that it cannot load, are the user's to put right. */
function asUnusable(error: unknown): unknown {
  const known = error instanceof ReveilleError || error instanceof TypeError || error instanceof RangeError;
  if (!known) return error;
  const cause = error.cause instanceof Error ? `\n${error.cause.stack ?? error.cause.message}` : '';
  return new UnusableError(`${error.message}${cause}`);
}

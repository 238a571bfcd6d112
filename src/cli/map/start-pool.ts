/** Starts the pool on the user's module, or says what is wrong with it. */
import { existsSync } from 'node:fs';
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
 * Starts `threads` threads on the module and finds the function to call. The module is never loaded on this thread: it may
 * be a program as well, and what it opens would keep the command from ending.
 *
 * @throws {UnusableError} if the module cannot be found or loaded, or has no such function.
 */
export async function startPool(options: MapOptions, threads: number, engine: Engine): Promise<StartedPool> {
  const url = usable(() => runtime().resolveModule(options.module));
  if (url.startsWith('file:') && !existsSync(fileURLToPath(url))) {
    throw new UnusableError(`Cannot find the module '${options.module}' (${fileURLToPath(url)})`);
  }
  const { concurrency } = options;
  const pool = usable(() => engine.createPool(url, { threads, concurrency, name: 'reveille map' }));
  try {
    await pool.ready();
    return { pool, task: chooseTask(options.module, Object.keys(pool.tasks), options.exportName) };
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

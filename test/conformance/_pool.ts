/** Pools for the tests: with gates, and gone when their test is over. */
import { createPool, type Pool, type PoolOptions } from 'reveille';
import { onTestFinished } from 'vitest';
import * as gate from './_gates.mjs';

export type Tasks = typeof import('./_tasks.mjs');

type AnyModule = Record<string, (...args: unknown[]) => unknown>;

export const TASKS: URL = new URL('./_tasks.mjs', import.meta.url);

/** One thread, without the loader of the test runner: starts in a third of the time. */
export const FEW_THREADS: PoolOptions = { threads: 1, execArgv: [] };

/** Which runtime runs the tests. */
export const RUNTIME: 'node' | 'deno' | 'bun' = 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node';

/** The gates at which the tasks of one pool wait. */
export class Gates {
  readonly words: Int32Array = gate.gateWords();

  open(...gates: number[]): void {
    for (const each of gates) gate.open(this.words, each);
  }

  openAll(): void {
    for (let each = 0; each < gate.GATES; each++) gate.open(this.words, each);
  }

  /** Resolves once `count` tasks have come to the gate. */
  arrived(at: number, count = 1): Promise<void> {
    return gate.arrived(this.words, at, count);
  }

  /** Blocks this thread until then. */
  arrivedSync(at: number, count = 1): void {
    gate.arrivedSync(this.words, at, count);
  }

  /** How many have come so far. */
  arrivals(at: number): number {
    return gate.arrivals(this.words, at);
  }
}

/** A pool of the tasks in `_tasks.mjs`, and the gates they know. Destroyed when the test is over. */
export function openPool(options: PoolOptions = {}): { pool: Pool<Tasks>; gates: Gates } {
  const gates = new Gates();
  const pool = createPool<Tasks>(TASKS, { ...FEW_THREADS, workerData: { gates: gates.words }, ...options });
  onTestFinished(async () => {
    gates.openAll();
    await pool.destroy();
  });
  return { pool, gates };
}

/** A pool on another module. Destroyed when the test is over. */
export function openPoolOn<M = AnyModule>(file: string, options: PoolOptions = {}): Pool<M> {
  const pool = createPool<M>(new URL(file, import.meta.url), { ...FEW_THREADS, ...options });
  onTestFinished(async () => {
    await pool.destroy();
  });
  return pool;
}

/** What a promise was rejected with; fails if it was not. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  return await promise.then(
    (value) => {
      throw new Error(`Expected a rejection, got ${String(value)}`);
    },
    (error: unknown) => error as Error & Record<string, unknown>,
  );
}

/** Resolves with the next event of that type that the condition holds for. */
export function nextEvent<K extends Parameters<Pool['addEventListener']>[0], E extends Event = Event>(
  pool: Pick<Pool, 'addEventListener' | 'removeEventListener'>,
  type: K,
  condition: (event: E) => boolean = () => true,
): Promise<E> {
  return new Promise((resolve) => {
    const listener = (event: Event): void => {
      if (!condition(event as E)) return;
      pool.removeEventListener(type, listener);
      resolve(event as E);
    };
    pool.addEventListener(type, listener);
  });
}

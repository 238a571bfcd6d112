/** The options of a pool, checked and with their defaults. */
import { runtime, type ThreadSettings } from '../runtime.ts';
import { checkKeys, checkMilliseconds, checkOneOf, checkWholeNumber, show } from './check-options.ts';
import { MAX_POOL_THREADS } from './layout.ts';

/** Options for `createPool`. */
export interface PoolOptions extends ThreadSettings {
  /** How many threads. `{ min, max }`: as many as the work needs. @default the machine's parallelism */
  readonly threads?: number | { readonly min: number; readonly max: number };
  /** Milliseconds that a thread above `min` stays without work. @default 10_000 */
  readonly idleTimeout?: number;
  /** Tasks in flight per thread, for tasks that await. @default 1 */
  readonly concurrency?: number;
  /**
   * How many tasks may wait, and what `run` does when they do: `wait` for room or `reject`. @default { limit: Infinity,
   * overflow: 'wait' }
   */
  readonly queue?: { readonly limit?: number; readonly overflow?: 'wait' | 'reject' };
  /**
   * Milliseconds until a task's caller gets a `DeadlineExceededError`, unless `run` says otherwise. @default Infinity
   */
  readonly timeout?: number;
  /** Name of the pool and its threads, for errors and debuggers. @default 'reveille' */
  readonly name?: string;
  /** `workerData` of `node:worker_threads` in the threads, and `task.workerData`, where primitives are themselves. */
  readonly workerData?: unknown;
  /**
   * Spinning before parking, on both sides. `adaptive`: briefly, while it pays and cores are free; a number: at most so
   * many microseconds. @default 'adaptive'
   */
  readonly spin?: 'adaptive' | 'never' | number;
}

/** Options with every default filled in. */
export interface ResolvedPoolOptions {
  readonly min: number;
  readonly max: number;
  readonly idleTimeout: number;
  readonly concurrency: number;
  readonly queueLimit: number;
  readonly overflow: 'wait' | 'reject';
  readonly timeout: number;
  readonly name: string;
  readonly spinMs: number;
  readonly given: PoolOptions;
}

const KNOWN = [
  'threads',
  'idleTimeout',
  'concurrency',
  'queue',
  'timeout',
  'name',
  'workerData',
  'env',
  'argv',
  'execArgv',
  'resourceLimits',
  'stdio',
  'smol',
  'spin',
];

const ADAPTIVE_SPIN_MS = 0.05;

/**
 * Checks a pool's options and fills in the defaults.
 *
 * @throws {TypeError | RangeError} naming the option, what it got and what it takes.
 */
export function resolvePoolOptions(options: PoolOptions = {}): ResolvedPoolOptions {
  checkKeys('pool options', options, KNOWN);
  const { min, max } = threadBounds(options.threads);
  const { idleTimeout = 10_000, concurrency = 1, timeout = Infinity, name = 'reveille', stdio = 'inherit' } = options;
  checkMilliseconds('idleTimeout', idleTimeout);
  checkWholeNumber('concurrency', concurrency, 1);
  checkMilliseconds('timeout', timeout);
  if (typeof name !== 'string') throw new TypeError(`Option 'name' takes a string, got ${show(name)}`);
  checkOneOf('stdio', stdio, ['inherit', 'pipe', 'ignore']);
  const { limit = Infinity, overflow = 'wait' } = queueOptions(options.queue);
  if (limit !== Infinity) checkWholeNumber('queue.limit', limit, 1);
  checkOneOf('queue.overflow', overflow, ['wait', 'reject']);
  return {
    min,
    max,
    idleTimeout,
    concurrency,
    queueLimit: limit,
    overflow,
    timeout,
    name,
    spinMs: spinMs(options.spin),
    given: options,
  };
}

function threadBounds(threads: PoolOptions['threads']): { min: number; max: number } {
  const parallelism = Math.min(runtime().parallelism, MAX_POOL_THREADS);
  if (threads === undefined) return { min: parallelism, max: parallelism };
  if (typeof threads !== 'object' || threads === null) {
    checkWholeNumber('threads', threads, 1, MAX_POOL_THREADS);
    return { min: threads, max: threads };
  }
  checkKeys("option 'threads'", threads, ['min', 'max']);
  checkWholeNumber('threads.max', threads.max, 1, MAX_POOL_THREADS);
  checkWholeNumber('threads.min', threads.min, 0, threads.max);
  return { min: threads.min, max: threads.max };
}

function queueOptions(queue: PoolOptions['queue']): NonNullable<PoolOptions['queue']> {
  if (queue === undefined) return {};
  checkKeys("option 'queue'", queue, ['limit', 'overflow']);
  return queue;
}

function spinMs(spin: PoolOptions['spin'] = 'adaptive'): number {
  if (spin === 'never' || runtime().parallelism === 1) return 0;
  if (spin === 'adaptive') return ADAPTIVE_SPIN_MS;
  if (typeof spin !== 'number')
    throw new TypeError(`Option 'spin' takes 'adaptive', 'never' or microseconds, got ${show(spin)}`);
  if (!(spin >= 0 && spin <= 1000)) throw new RangeError(`Option 'spin' takes 0 to 1000 microseconds, got ${spin}`);
  return spin / 1000;
}

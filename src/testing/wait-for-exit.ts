/** Waits for the beginning and the end of processes and threads. */
import { NotReadyError } from '../errors.ts';
import { checkConditionOptions, type ConditionOptions } from './condition-options.ts';
import { ConditionWatch } from './condition-watch.ts';
import { type Exit, type Running, type Watched, watchRunning } from './running-thing.ts';

/**
 * Waits until a process or thread has ended, and resolves to how. Events tell of it, but for a process that is known by
 * its number only: then the timer looks, which `onFallback` is told. A process that has ended and waits for its parent
 * to notice has ended.
 *
 * @param target - a child process, a worker thread, anything with a promise `exited` or `status`, or a process number.
 *   On Deno, a worker thread that had ended before this was called is not known to have.
 * @throws {DeadlineExceededError} after `timeout` milliseconds; the signal's reason
 * @example
 * ```ts
 * child.kill();
 * const { code, signal } = await waitForExit(child, { timeout: 2_000 });
 * ```
 */
export function waitForExit(target: Running, options: ConditionOptions = {}): Promise<Exit> {
  return waitFor('waitForExit', 'to end', target, options, (watched) => watched.exit());
}

/**
 * Waits until a process or thread runs: a process until the system knows it, a worker thread until it has said so
 * (`online`, or a message). To be called for a worker thread before the event loop has had a turn since it was made:
 * it says so once.
 *
 * @throws {NotReadyError} if it has ended; {DeadlineExceededError} after `timeout` milliseconds; the signal's reason
 * @example
 * ```ts
 * const worker = new Worker(new URL('./server.js', import.meta.url));
 * await waitForAlive(worker);
 * ```
 */
export async function waitForAlive(target: Running, options: ConditionOptions = {}): Promise<void> {
  const isKnownByNumber = typeof target === 'number';
  await waitFor('waitForAlive', 'to run', target, options, (watched) => {
    if (watched.isAlive()) return true;
    // A number that nobody has yet may still be given to somebody.
    const exit = isKnownByNumber ? undefined : watched.exit();
    if (exit === undefined) return undefined;
    throw new NotReadyError(`Cannot wait for ${watched.name} to run: it has ended (${wordsFor(exit)})`);
  });
}

async function waitFor<T>(
  name: string,
  wanted: string,
  target: Running,
  options: ConditionOptions,
  look: (watched: Watched) => T | undefined,
): Promise<T> {
  checkConditionOptions(options);
  const watched = watchRunning(target);
  try {
    const what = `${name}: ${options.message ?? `${watched.name} ${wanted}`}`;
    const on = [...watched.on, ...(options.on ?? [])];
    const watch = new ConditionWatch<T>(what, { ...options, on }, () => {
      const value = look(watched);
      return { passed: value !== undefined, value: value as T };
    });
    const result = await watch.run();
    if (result === undefined) throw watch.timeoutError();
    return result.value;
  } finally {
    watched.forget();
  }
}

function wordsFor({ code, signal }: Exit): string {
  if (signal != null) return `signal ${signal}`;
  return code == null ? 'it is not known how' : `exit code ${code}`;
}

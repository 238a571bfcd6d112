/**
 * Deaths of threads that no pool has started. A thread that comes to the arena by itself takes its place in the thread
 * table under the runtime's own id for it, so whoever has its `Worker` can find the place, and make good what the
 * thread can no longer do.
 */
import { type Arena, defaultArena } from '../memory/arena.ts';
import { runtime } from '../runtime.ts';
import { Doorbell, releaseThread, takenPlaces } from './doorbell.ts';
import { forgetThread } from './forget-thread.ts';
import { describe } from './wait-options.ts';

/** What is needed of a worker: that of `node:worker_threads`, on every runtime. */
export interface SupervisedWorker {
  readonly threadId: number;
  on(event: 'exit', listener: (code: number) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  listenerCount(event: 'error'): number;
}

/**
 * Watches a worker that you have started yourself: when it ends, however it does, the locks that it holds go to others,
 * who are told that they were abandoned, and nobody waits for it any more. Pools do this for their own threads.
 *
 * Call it once for each worker, when you start it. The news comes through this thread's event loop.
 *
 * **On Deno, a terminated thread may go on.** `terminate()` does not stop one in the midst of a computation, unless it
 * has called {@linkcode allowTermination}: its locks are handed on all the same, and its place among the 64 threads
 * stays taken. One that has called it stops, but not always before its `exit` event: if it was awaiting an
 * `import()`, it may run on for some ten milliseconds and so be in what its locks guard together with their next owner.
 * Its place is given to another thread only when no other place is free. Where that will not do, have the thread end by
 * itself, or let a pool start it: pools wait for proof.
 *
 * @returns what resolves once the thread's `exit` event has come and all of that is done
 * @throws {TypeError} if `worker` is no running worker of `node:worker_threads`.
 * @example
 * ```ts
 * const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: mutex.handle });
 * superviseThread(worker);
 * ```
 */
export function superviseThread(worker: SupervisedWorker): Promise<void> {
  const threadId = idOf(worker);
  const arena = defaultArena();
  let hasFailed = false;
  return new Promise((resolve) => {
    watchErrors(worker, () => (hasFailed = true));
    worker.on('exit', (code) => {
      const isProof = runtime().terminationIsProof || code === 0 || hasFailed;
      // Deno emits it from within terminate().
      queueMicrotask(() => {
        bury(arena, threadId, isProof);
        resolve();
      });
    });
  });
}

/**
 * Makes sure that `terminate()` stops this thread whatever it does, on Deno; the other runtimes do so anyway. Takes a
 * tenth of a second or so there, once, and from then on the thread no longer ends by itself when it has nothing left to
 * do: it is terminated, or calls `process.exit`.
 *
 * @returns what resolves to whether it does now
 */
export async function allowTermination(): Promise<boolean> {
  const isSure = await runtime().prepareForTermination();
  if (isSure) Doorbell.vouchForEnding();
  return isSure;
}

/** To listen for errors must not keep them from being reported: only who listens already is listened with. */
function watchErrors(worker: SupervisedWorker, note: () => void): void {
  if (runtime().terminationIsProof || worker.listenerCount('error') === 0) return;
  worker.on('error', note);
}

/** @param isProof - whether its `exit` proves that it has stopped: Deno's says only that it was told to. */
function bury(arena: Arena, threadId: number, isProof: boolean): void {
  for (const { thread, vouched, threadId: id } of takenPlaces(arena)) {
    if (id !== threadId) continue;
    forgetThread(arena, thread);
    if (isProof || vouched) releaseThread(arena, thread, isProof);
  }
}

function idOf(worker: unknown): number {
  if (typeof worker !== 'object' || worker === null) {
    throw new TypeError(`Expected a worker of node:worker_threads, got ${describe(worker)}`);
  }
  const { threadId, on } = worker as Partial<SupervisedWorker>;
  if (typeof threadId !== 'number' || typeof on !== 'function') {
    throw new TypeError("Expected a worker of node:worker_threads, got an object without 'threadId' and 'on'");
  }
  if (threadId < 0) throw new TypeError('Cannot supervise the worker: it has ended already');
  return threadId;
}

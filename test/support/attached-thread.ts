/** Threads for tests of what is below the pool: started by hand, attached to the test's arena. */
import { Worker } from 'node:worker_threads';
import { defaultArena } from '../../src/memory/arena.ts';
import { claimThread, releaseThread } from '../../src/signal/doorbell.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';

/** A thread that was started by {@linkcode startThread}. */
export interface AttachedThread {
  /** Its index in the arena's thread table. */
  readonly thread: number;
  readonly worker: Worker;
  /** Once it has ended, and what it held has been given up. */
  readonly exited: Promise<void>;
  /** The next message that it posts; rejects if it ends first. */
  message(): Promise<unknown>;
}

/** What a script that is started so finds in its `workerData`. */
export interface AttachedData {
  readonly buffer: SharedArrayBuffer;
  readonly thread: number;
  readonly data: unknown;
}

/** Starts `script`, which attaches itself by importing `attach-thread.ts`. */
export function startThread(script: URL, data?: unknown): AttachedThread {
  const arena = defaultArena();
  const thread = claimThread(arena);
  const workerData: AttachedData = { buffer: arena.buffer, thread, data };
  const worker = new Worker(script, { workerData });
  const inbox: unknown[] = [];
  const readers: Array<{ resolve: (message: unknown) => void; reject: (error: unknown) => void }> = [];
  let failure: unknown;
  let ended = false;

  worker.on('message', (message: unknown) => {
    const reader = readers.shift();
    if (reader === undefined) inbox.push(message);
    else reader.resolve(message);
  });
  worker.on('error', (error: unknown) => (failure = error));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      ended = true;
      forgetThread(arena, thread);
      releaseThread(arena, thread);
      for (const { reject } of readers) reject(failure ?? new Error('The thread ended without another message'));
      resolve();
    });
  });
  const message = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (inbox.length > 0) resolve(inbox.shift());
      else if (ended) reject(failure ?? new Error('The thread has ended'));
      else readers.push({ resolve, reject });
    });
  return { thread, worker, exited, message };
}

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { releaseThread } from '../../src/signal/doorbell.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import '../support/install-runtime.ts';

test('a thread that was started by hand joins the arena of the first handle it is given', async () => {
  const semaphore = new Semaphore(0);
  const worker = new Worker(new URL('./_bare-thread.ts', import.meta.url), { workerData: semaphore.handle });
  const posted = once(worker, 'message') as Promise<[number]>;
  const exited = once(worker, 'exit');
  semaphore.release();
  const [thread] = await posted;
  await exited;
  forgetThread(defaultArena(), thread);
  releaseThread(defaultArena(), thread);
  expect(semaphore.available).toBe(0);
  semaphore[Symbol.dispose]();
});

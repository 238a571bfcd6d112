// A wait for something that may take long, by somebody who may be told to stop meanwhile. A chunk stands for a second.
//
//   before   waits in chunks so as to notice that it should stop: late, and awake in between for nothing
//   after    one wait with its deadline and its signal: awake once, for whichever comes first
import { setTimeout as sleep } from 'node:timers/promises';
import { ManualResetEvent } from 'reveille';

const CHUNK_MS = 25;
const TIMEOUT_MS = 60;

/** @param {{ cancel: boolean }} options @returns {Promise<{ ended: string, wakeUps: number, milliseconds: number }>} */
export async function before({ cancel }) {
  let cancelled = false;
  if (cancel) setTimeout(() => (cancelled = true), CHUNK_MS / 5);
  const began = performance.now();
  let wakeUps = 0;
  while (performance.now() - began < TIMEOUT_MS && !cancelled) {
    await sleep(CHUNK_MS);
    wakeUps++;
  }
  return { ended: cancelled ? 'cancelled' : 'timed out', wakeUps, milliseconds: performance.now() - began };
}

/** @param {{ cancel: boolean }} options @returns {Promise<{ ended: string, wakeUps: number, milliseconds: number }>} */
export async function after({ cancel }) {
  const controller = new AbortController();
  if (cancel) setTimeout(() => controller.abort(), CHUNK_MS / 5);
  const happened = new ManualResetEvent();
  const began = performance.now();
  const ended = await happened.wait({ signal: controller.signal, timeout: TIMEOUT_MS }).then(
    () => 'happened',
    (error) => (error.name === 'TimeoutError' ? 'timed out' : 'cancelled'),
  );
  happened[Symbol.dispose]();
  return { ended, wakeUps: 1, milliseconds: performance.now() - began };
}

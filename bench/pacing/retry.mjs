import { pause } from '../pause.mjs';
import { importPeer } from '../peers.mjs';
import { digits } from '../report/format.mjs';
import { summarize } from './samples.mjs';

/** What is waited between attempts, and how long an attempt takes that ignores its signal. */
const LONG_MS = 1_000;

/**
 * How soon the caller has its answer after `abort()`: in the wait between two attempts, and during an attempt that does
 * not look at its signal.
 * @param {typeof import('../../adapters/node.ts')} reveille
 * @param {boolean} quick
 * @returns {Promise<import('../pacing.mjs').Row[]>}
 */
export async function measureRetry({ retry }, quick) {
  const { default: pRetry } = await importPeer('p-retry');
  const cockatiel = await importPeer('cockatiel');
  const backoff = new cockatiel.ConstantBackoff(LONG_MS);
  const policy = cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff });
  const wait = { attempts: 3, baseDelay: LONG_MS, maxDelay: LONG_MS, jitter: /** @type {const} */ ('none') };
  const times = { retries: 3, minTimeout: LONG_MS, maxTimeout: LONG_MS };
  /** @typedef {(fn: () => Promise<unknown>, signal: AbortSignal) => Promise<unknown>} Contender */
  /** @type {[string, Contender][]} */
  const contenders = [
    ['retry', (fn, signal) => retry(fn, { ...wait, signal })],
    ['p-retry 7.1.1', (fn, signal) => pRetry(fn, { ...times, signal })],
    ['cockatiel 3.2.1', (fn, signal) => policy.execute(fn, signal)],
  ];
  /** @type {import('../pacing.mjs').Row[]} */
  const rows = [];
  for (const [who, run] of contenders) {
    const samples = await abortions(run, async () => Promise.reject(new Error('failed')), quick);
    const { text, p50 } = summarize(samples);
    rows.push({ what: 'retry: abort() in a wait', who, figure: text, holds: who === 'retry' ? p50 < 2 : undefined });
  }
  for (const [who, run] of contenders) {
    const { text, p50 } = summarize(await abortions(run, () => pause(LONG_MS), quick));
    const what = `retry: abort() in an attempt of ${digits(LONG_MS)} ms`;
    rows.push({ what, who, figure: text, holds: who === 'retry' ? p50 < 2 : undefined });
  }
  return rows;
}

/**
 * Milliseconds from `abort()` to the caller's answer, each time. Who waits its whole delay is measured but a few times.
 * @param {(fn: () => Promise<unknown>, signal: AbortSignal) => Promise<unknown>} run
 * @param {() => Promise<unknown>} attempt
 * @param {boolean} quick
 */
async function abortions(run, attempt, quick) {
  /** @type {number[]} */
  const samples = [];
  const most = quick ? 20 : 100;
  while (samples.length < most && samples.reduce((sum, ms) => sum + ms, 0) < 3 * LONG_MS) {
    const controller = new AbortController();
    const answer = run(attempt, controller.signal).then(
      () => performance.now(),
      () => performance.now(),
    );
    await pause(20);
    const aborted = performance.now();
    controller.abort(new Error('enough'));
    samples.push((await answer) - aborted);
  }
  return samples;
}

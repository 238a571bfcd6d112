/** One rate limiter in several threads. */
import { now, RateLimiter } from 'reveille';
import { expect, onTestFinished, test } from 'vitest';
import { openPoolOn, RUNTIME } from './_pool.ts';

type Limited = typeof import('./modules/limited.mjs');

/** Seconds of the long run; not set: it is left out. `LIMITER_SECONDS=10` is what is promised. */
const SECONDS = Number(process.env['LIMITER_SECONDS'] ?? 0);
const THREADS = 4;

function limiterOf(options: { rate: number; burst: number }): RateLimiter {
  const limiter = new RateLimiter(options);
  onTestFinished(() => limiter[Symbol.dispose]());
  return limiter;
}

test('threads pass together no faster than the rate, after the burst, blocked or in their event loops', async () => {
  const rate = 1_000;
  const burst = 40;
  const passes = 40;
  const pool = openPoolOn<Limited>('./modules/limited.mjs', { threads: THREADS });
  await pool.ready();
  const limiter = limiterOf({ rate, burst });
  const begin = now();
  const stamps = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => pool.run('acquire', [limiter, passes, thread % 2 === 0])),
  );
  expect(stamps.flatMap((each) => [...each]).length).toBe(THREADS * passes);
  expect(((now() - begin) / 1_000) * rate).toBeGreaterThanOrEqual(THREADS * passes - burst);
  expect(limiter.stats().waiting).toBe(0);
});

test('a limiter travels as itself: what one thread takes or forbids, all are refused', async () => {
  const pool = openPoolOn<Limited>('./modules/limited.mjs');
  const limiter = limiterOf({ rate: 0.01, burst: 2 });
  await pool.run('acquire', [limiter, 1, false]);
  expect(limiter.stats()).toMatchObject({ available: 1, waiting: 0, delay: 0 });
  const same = await pool.run('punish', [limiter, 60_000]);
  expect(same).toBeInstanceOf(RateLimiter);
  expect(limiter.tryAcquire()).toBe(false);
  expect(same.tryAcquire()).toBe(false);
});

test.runIf(SECONDS > 0)(
  `${THREADS} threads that always want more use the rate for ${SECONDS} s, and never exceed it`,
  { timeout: (SECONDS + 60) * 1_000 },
  async () => {
    const rate = 1_000;
    // What a machine may keep all threads from running for: here, a quarter of a second.
    const burst = 250;
    const pool = openPoolOn<Limited>('./modules/limited.mjs', { threads: THREADS });
    await pool.ready();
    // A start under load may leave the threads' clocks apart, and with them the stamps: a limiter brings them together.
    const meeting = limiterOf({ rate: 1_000, burst: 1 });
    await Promise.all(Array.from({ length: THREADS }, () => pool.run('acquire', [meeting, 50, false])));
    const limiter = limiterOf({ rate, burst });
    const stamps = await Promise.all(
      Array.from({ length: THREADS }, () => pool.run('saturate', [limiter, 25, SECONDS * 1_000])),
    );
    const all = Float64Array.from(stamps.flatMap((each) => [...each])).sort();
    const elapsed = (all[all.length - 1] as number) - (all[0] as number);
    // Beyond the burst, which is there from the beginning.
    const used = (all.length - burst) / ((elapsed / 1_000) * rate);
    const worst = worstWindow(all, rate / 1_000);
    const shares = stamps.map(({ length }) => length).join(' + ');
    console.log(
      `${RUNTIME}: ${shares} permits in ${elapsed.toFixed(1)} ms, ${(used * 100).toFixed(2)} % of the rate; ` +
        `the fullest window held the rate and ${worst.toFixed(2)} of ${burst}`,
    );
    expect(used).toBeGreaterThanOrEqual(0.995);
    // A stamp is taken some time after its pass, which the limiter cannot help: 10 ms worth of permits for that.
    expect(worst).toBeLessThanOrEqual(burst + rate / 100);
  },
);

/** By how much the fullest window exceeds what the rate brings in it. */
function worstWindow(sorted: Float64Array, permitsPerMs: number): number {
  let worst = 0;
  let open = 0;
  let last = -Infinity;
  for (const at of sorted) {
    open = Math.max(0, last === -Infinity ? 0 : open - (at - last) * permitsPerMs) + 1;
    worst = Math.max(worst, open);
    last = at;
  }
  return worst;
}

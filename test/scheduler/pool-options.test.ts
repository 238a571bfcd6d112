import { describe, expect, test } from 'vitest';
import { testRuntime } from '../support/install-runtime.ts';
import { MAX_POOL_THREADS } from '../../src/scheduler/layout.ts';
import { resolvePoolOptions } from '../../src/scheduler/pool-options.ts';

const PARALLELISM = Math.min(testRuntime.parallelism, MAX_POOL_THREADS);

describe('resolvePoolOptions', () => {
  test('fills in the defaults', () => {
    expect(resolvePoolOptions()).toMatchObject({
      min: PARALLELISM,
      max: PARALLELISM,
      idleTimeout: 10_000,
      concurrency: 1,
      queueLimit: Infinity,
      overflow: 'wait',
      timeout: Infinity,
      name: 'reveille',
    });
  });

  test('takes undefined for an option that was not given', () => {
    expect(resolvePoolOptions({ threads: undefined, name: undefined, queue: undefined } as never)).toMatchObject({
      min: PARALLELISM,
      name: 'reveille',
      queueLimit: Infinity,
    });
  });

  test('takes a number of threads, or bounds', () => {
    expect(resolvePoolOptions({ threads: 3 })).toMatchObject({ min: 3, max: 3 });
    expect(resolvePoolOptions({ threads: { min: 0, max: 5 } })).toMatchObject({ min: 0, max: 5 });
    expect(() => resolvePoolOptions({ threads: MAX_POOL_THREADS + 1 })).toThrow(RangeError);
  });

  test('takes microseconds to spin, and spins nowhere where there is one core only', () => {
    expect(resolvePoolOptions({ spin: 'never' }).spinMs).toBe(0);
    const expected = testRuntime.parallelism === 1 ? 0 : 0.2;
    expect(resolvePoolOptions({ spin: 200 }).spinMs).toBe(expected);
  });

  test('keeps what it hands to the threads as it was given', () => {
    const resourceLimits = { stackSizeMb: 1 };
    const given = { workerData: { a: 1 }, argv: ['x'], execArgv: [], env: { A: '1' }, resourceLimits, smol: true };
    expect(resolvePoolOptions(given).given).toBe(given);
  });
});

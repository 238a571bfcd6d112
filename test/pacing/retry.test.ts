import { describe, expect, test } from 'vitest';
import { DeadlineExceededError, RetriesExhaustedError, RetryAfterError } from '../../src/errors.ts';
import { RetryBudget } from '../../src/pacing/retry-budget.ts';
import type { FailedAttempt, RetryAttempt, RetryOptions } from '../../src/pacing/retry-options.ts';
import { retry } from '../../src/pacing/retry.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { observe, type Observed } from '../signal/_settled.ts';
import { countListeners, gate, onVirtualClock } from './_virtual-time.ts';

const steady: RetryOptions = { baseDelay: 100, jitter: 'none' };

/** Fails with 'failure 1', 'failure 2' ... so many times, then returns the number of the attempt. */
function failing(times: number, clock?: VirtualClock): { fn(attempt: RetryAttempt): number; at: number[] } {
  const at: number[] = [];
  return {
    at,
    fn({ attempt }) {
      if (clock !== undefined) at.push(clock.now() - 1_000);
      if (attempt <= times) throw new Error(`failure ${attempt}`);
      return attempt;
    },
  };
}

async function outcome<T>(clock: VirtualClock, promise: Promise<T>, ms = 1_000_000): Promise<Observed<T>> {
  const observed = observe(promise);
  await clock.advance(ms);
  return observed;
}

describe('retry', () => {
  test('returns the first success, however the failures before it came about', () =>
    onVirtualClock(async (clock) => {
      expect(await outcome(clock, retry(failing(0).fn))).toMatchObject({ value: 1 });
      expect(await outcome(clock, retry(failing(2).fn))).toMatchObject({ value: 3 });
      const rejecting = ({ attempt }: RetryAttempt): Promise<string> =>
        attempt === 1 ? Promise.reject('a string') : Promise.resolve('there');
      expect(await outcome(clock, retry(rejecting))).toMatchObject({ value: 'there' });
    }));

  test('waits longer after each failure, and not before the first attempt', () =>
    onVirtualClock(async (clock) => {
      const { fn, at } = failing(4, clock);
      await outcome(clock, retry(fn, { ...steady, attempts: 5, maxDelay: 300 }));
      expect(at).toEqual([0, 100, 300, 600, 900]);
    }));

  test('spreads its waits by the random numbers that it is given', () =>
    onVirtualClock(async (clock) => {
      const { fn, at } = failing(2, clock);
      await outcome(clock, retry(fn, { baseDelay: 100, random: () => 0.25 }));
      expect(at).toEqual([0, 25, 75]);
    }));

  test('gives up after the last attempt, and keeps what each of them failed with', () =>
    onVirtualClock(async (clock) => {
      const { error } = await outcome(clock, retry(failing(9).fn, { attempts: 3 }));
      expect(error).toBeInstanceOf(RetriesExhaustedError);
      expect(error).toMatchObject({
        message: "'fn' failed 3 times; the last error: Error: failure 3",
        errors: [{ message: 'failure 1' }, { message: 'failure 2' }, { message: 'failure 3' }],
        cause: { message: 'failure 3' },
      });
    }));

  test('throws at once, as it is, what retryIf refuses', () =>
    onVirtualClock(async (clock) => {
      const fatal = new TypeError('wrong for ever');
      const asked: unknown[] = [];
      const fn = ({ attempt }: RetryAttempt): never => {
        throw attempt === 1 ? new Error('for a while') : fatal;
      };
      const retryIf = (error: unknown, attempt: number): boolean => {
        asked.push([error instanceof TypeError, attempt]);
        return !(error instanceof TypeError);
      };
      expect((await outcome(clock, retry(fn, { attempts: 9, retryIf }))).error).toBe(fatal);
      expect(asked).toEqual([
        [false, 1],
        [true, 2],
      ]);
    }));

  test('tells onRetry what failed and how long it will wait, before it waits', () =>
    onVirtualClock(async (clock) => {
      const told: FailedAttempt[] = [];
      const done = observe(retry(failing(2).fn, { ...steady, onRetry: (failed) => void told.push(failed) }));
      await clock.advance(0);
      expect(told).toMatchObject([{ attempt: 1, error: { message: 'failure 1' }, delay: 100 }]);
      await clock.advance(1_000);
      expect(told.map(({ delay }) => delay)).toEqual([100, 200]);
      expect(done.value).toBe(3);
    }));

  test('what a callback throws ends the retrying', () =>
    onVirtualClock(async (clock) => {
      const bug = new Error('bug');
      const broken = (): never => {
        throw bug;
      };
      expect((await outcome(clock, retry(failing(2).fn, { onRetry: broken }))).error).toBe(bug);
      expect((await outcome(clock, retry(failing(2).fn, { retryIf: broken }))).error).toBe(bug);
      const promising = { retryIf: (async () => false) as never };
      expect((await outcome(clock, retry(failing(2).fn, promising))).error).toMatchObject({
        message: "Expected option 'retryIf' to return a boolean, got object",
      });
    }));

  describe('when its signal is aborted', () => {
    test('during a wait: rejects at once with the reason, and leaves nothing behind', () =>
      onVirtualClock(async (clock) => {
        const controller = new AbortController();
        const listeners = countListeners(controller.signal);
        const { fn, at } = failing(9, clock);
        const aborted = observe(retry(fn, { ...steady, baseDelay: 30_000, signal: controller.signal }));
        await clock.advance(50);
        const reason = new Error('enough');
        controller.abort(reason);
        await clock.advance(0);
        expect(aborted.error).toBe(reason);
        expect([clock.pending, listeners()]).toEqual([0, 0]);
        await clock.advance(100_000);
        expect(at).toEqual([0]);
      }));

    test('during an attempt: rejects at once even if the attempt ignores its signal, and makes no other', () =>
      onVirtualClock(async (clock) => {
        const controller = new AbortController();
        const end = gate();
        let attempts = 0;
        let asked = 0;
        let given: AbortSignal | undefined;
        const aborted = observe(
          retry(
            async ({ signal }) => {
              attempts++;
              given = signal;
              await end.opened;
              throw new Error('too late');
            },
            { signal: controller.signal, retryIf: () => ++asked > 0, onRetry: () => void asked++ },
          ),
        );
        await clock.advance(10);
        const reason = new Error('enough');
        controller.abort(reason);
        await clock.advance(0);
        expect([aborted.error, given?.reason]).toEqual([reason, reason]);
        end.open();
        await clock.advance(100_000);
        expect([attempts, asked]).toEqual([1, 0]);
      }));

    test('before it begins: makes no attempt', () =>
      onVirtualClock(async () => {
        const { fn, at } = failing(0);
        await expect(retry(fn, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
        expect(at).toEqual([]);
      }));

    test('by onRetry: does not wait', () =>
      onVirtualClock(async (clock) => {
        const controller = new AbortController();
        const done = retry(failing(9).fn, { signal: controller.signal, onRetry: () => controller.abort('stop') });
        expect((await outcome(clock, done, 0)).error).toBe('stop');
      }));
  });

  describe('with limits of time', () => {
    test('an attempt that takes too long has failed, is told so, and is followed by the next', () =>
      onVirtualClock(async (clock) => {
        const signals: AbortSignal[] = [];
        const fn = ({ attempt, signal }: RetryAttempt): Promise<string> => {
          signals.push(signal);
          return attempt === 1 ? new Promise(() => {}) : Promise.resolve('there');
        };
        const done = observe(retry(fn, { ...steady, attemptTimeout: 500 }));
        await clock.advance(599);
        expect(signals).toHaveLength(1);
        expect(signals[0]?.reason).toMatchObject({ message: "'fn' did not end within 500 ms (attempt 1)" });
        await clock.advance(1);
        expect(done.value).toBe('there');
        expect(signals[1]?.aborted).toBe(false);
      }));

    test('the whole ends when its time is over, with all that failed before as the cause', () =>
      onVirtualClock(async (clock) => {
        const fn = ({ attempt }: RetryAttempt): Promise<never> =>
          attempt === 1 ? Promise.reject(new Error('failure 1')) : new Promise(() => {});
        const done = observe(retry(fn, { ...steady, timeout: 1_000 }));
        await clock.advance(999);
        expect(done.state).toBe('pending');
        await clock.advance(1);
        expect(done.error).toBeInstanceOf(DeadlineExceededError);
        expect(done.error).toMatchObject({
          message: "'fn' did not succeed within 1000 ms (2 begun; the last error: Error: failure 1)",
          cause: { errors: [{ message: 'failure 1' }] },
        });
      }));

    test('it does not wait for an attempt that could not begin any more', () =>
      onVirtualClock(async (clock) => {
        const done = observe(retry(failing(9).fn, { ...steady, attempts: 9, timeout: 500 }));
        await clock.advance(300);
        expect(done.error).toMatchObject({
          code: 'ERR_DEADLINE_EXCEEDED',
          message:
            "'fn' failed 3 times and may be tried again in 400 ms, but only 200 of its 500 ms are left; " +
            'the last error: Error: failure 3',
          cause: { errors: [{}, {}, {}] },
        });
      }));

    test('attempts without number go on until the time is over', () =>
      onVirtualClock(async (clock) => {
        const { fn, at } = failing(Infinity, clock);
        const done = retry(fn, { attempts: Infinity, timeout: 10_050, baseDelay: 100, factor: 1, jitter: 'none' });
        const { error } = await outcome(clock, done);
        expect(at).toHaveLength(101);
        expect((error as { cause: AggregateError }).cause.errors).toHaveLength(101);
      }));
  });

  describe('when an attempt is told when to come back', () => {
    const busy =
      (ms: number) =>
      ({ attempt }: RetryAttempt): number => {
        if (attempt === 1) throw new RetryAfterError(ms);
        return attempt;
      };

    test('waits for just that long, be it longer or shorter than it would have', () =>
      onVirtualClock(async (clock) => {
        for (const ms of [5, 90_000]) {
          const done = observe(retry(busy(ms), { ...steady, maxDelay: 1_000 }));
          await clock.advance(ms - 1);
          expect(done.state).toBe('pending');
          await clock.advance(1);
          expect(done.value).toBe(2);
        }
      }));

    test('fails at once if that is after its deadline', () =>
      onVirtualClock(async (clock) => {
        const done = observe(retry(busy(60_000), { timeout: 10_000 }));
        await clock.advance(0);
        expect(done.error).toBeInstanceOf(DeadlineExceededError);
        expect((done.error as Error).message).toContain('in 60000 ms, but only 10000 of its 10000 ms are left');
      }));
  });

  describe('with a budget', () => {
    test('stops when it is spent, whoever spent it', () =>
      onVirtualClock(async (clock) => {
        const budget = new RetryBudget({ ratio: 0, minPerSecond: 1 });
        expect(await outcome(clock, retry(failing(1).fn, { budget, ...steady }), 100)).toMatchObject({ value: 2 });
        const { error } = await outcome(clock, retry(failing(1).fn, { budget, ...steady }), 100);
        expect(error).toBeInstanceOf(RetriesExhaustedError);
        expect(error).toMatchObject({
          message: "'fn' failed once, because its retry budget is spent; the last error: Error: failure 1",
          errors: [{ message: 'failure 1' }],
        });
      }));

    test('a storm of callers makes little more than its first tries', () =>
      onVirtualClock(async (clock) => {
        const budget = new RetryBudget({ ratio: 0.1, minPerSecond: 1 });
        let calls = 0;
        const fn = (): never => {
          calls++;
          throw new Error('down');
        };
        const callers = Array.from({ length: 1_000 }, () => retry(fn, { attempts: 10, budget, ...steady }));
        const settled = Promise.allSettled(callers);
        await clock.advance(60_000);
        await settled;
        expect(calls).toBeGreaterThan(1_090);
        expect(calls).toBeLessThan(1_200);
      }));
  });

  test.each<[RetryOptions, RegExp]>([
    [{ attempts: 0 }, /'attempts' to be a whole number of at least 1, or Infinity, got 0/],
    [{ attempts: 1.5 }, /'attempts'/],
    [{ attemptTimeout: -5 }, /'attemptTimeout'/],
    [{ timeout: '1s' as never }, /'timeout'.*got '1s'/],
    [{ retryIf: true as never }, /'retryIf' to be a function, got boolean/],
    [{ onRetry: {} as never }, /'onRetry'/],
    [{ budget: { ratio: 1 } as never }, /'budget' to be a RetryBudget, got object/],
    [{ jitter: 'lots' as never }, /'jitter'/],
  ])('refuses %j before the first attempt', async (options, message) => {
    const { fn, at } = failing(0);
    await expect(retry(fn, options)).rejects.toThrow(message);
    expect(at).toEqual([]);
  });

  test('refuses to retry what cannot be called', async () => {
    await expect(retry(Promise.resolve() as never)).rejects.toThrow('to be a function, got object');
  });
});

import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import '../support/install-runtime.ts';
import { DeadlineExceededError } from '../../src/errors.ts';
import { loopHolders } from '../../src/signal/keep-alive.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import type { ConditionOptions } from '../../src/testing/condition-options.ts';
import { realDeadlines } from '../../src/testing/real-time.ts';
import { observeCondition, waitForCondition } from '../../src/testing/wait-for-condition.ts';
import { microtasks } from '../signal/_settled.ts';

/** Only events count: there is no last look when the time is over. */
const byEvents = (...on: NonNullable<ConditionOptions['on']>): ConditionOptions => ({
  on,
  interval: false,
  timeout: Infinity,
});

/** True from the given look on. */
const trueAtLook = (look: number): (() => number | false) => {
  let looks = 0;
  return () => ++looks >= look && looks;
};

/** A promise to be resolved from outside. */
function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('waitForCondition', () => {
  test('resolves to the value of a condition that is true, without an event', async () => {
    expect(await waitForCondition(() => 'yes', { interval: false })).toBe('yes');
    expect(await waitForCondition(async () => [1], { timeout: 0, interval: false })).toEqual([1]);
  });

  test('looks again after an event of an emitter', async () => {
    const emitter = new EventEmitter();
    let state = 'closed';
    const wait = waitForCondition(() => state === 'open', byEvents([emitter, 'state', 'end']));
    emitter.emit('end');
    state = 'open';
    emitter.emit('state');
    expect(await wait).toBe(true);
    expect([emitter.listenerCount('state'), emitter.listenerCount('end')]).toEqual([0, 0]);
  });

  test('sees what those do who listen to the same event after it, in this turn and the next', async () => {
    for (const later of [(act: () => void) => act(), queueMicrotask, setImmediate]) {
      const emitter = new EventEmitter();
      let done = false;
      const wait = waitForCondition(() => done, byEvents([emitter, 'message']));
      emitter.on('message', () => later(() => (done = true)));
      emitter.emit('message');
      expect(await wait).toBe(true);
    }
  });

  test('looks again after an event of an event target, an abort, a promise and each item of an iterable', async () => {
    const target = new EventTarget();
    const controller = new AbortController();
    const { promise, resolve } = gate();
    async function* items(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    const sources: Array<[NonNullable<ConditionOptions['on']>[number], () => void]> = [
      [[target, 'change'], () => target.dispatchEvent(new Event('change'))],
      [controller.signal, () => controller.abort()],
      [promise, resolve],
      [items(), () => {}],
    ];
    for (const [source, happen] of sources) {
      let isThere = false;
      const { by } = await Promise.all([
        observeCondition(() => isThere, byEvents(source)),
        Promise.resolve().then(() => {
          isThere = true;
          happen();
        }),
      ]).then(([result]) => result);
      expect(by).toBe('event');
    }
  });

  test('looks again when an event of this package is set, and refuses what waiting would take from', async () => {
    using event = new ManualResetEvent();
    using semaphore = new Semaphore(0);
    const wait = waitForCondition(() => event.isSet, byEvents(event));
    event.set();
    expect(await wait).toBe(true);
    await expect(waitForCondition(() => true, byEvents(semaphore))).rejects.toThrow(
      /'on\[0\]' to give nothing away, got Semaphore/,
    );
  });

  test('passes by polling where no event tells, and says so', async () => {
    const reports: string[] = [];
    const onFallback = ({ message }: { message: string }): void => void reports.push(message);
    expect(await waitForCondition(trueAtLook(4), { onFallback, message: 'the fourth look' })).toBe(4);
    const emitter = new EventEmitter();
    await waitForCondition(trueAtLook(2), { onFallback, on: [[emitter, 'never']] });
    expect(reports).toEqual([
      expect.stringMatching(
        /^Passed by polling, not by an event: waitForCondition: 'the fourth look', after .*as 'on'$/,
      ),
      expect.stringMatching(/nothing in 'on' told of it$/),
    ]);
  });

  test('tells how the condition came true, and what was seen before', async () => {
    let looks = 0;
    const states = ['starting', 'starting', 'listening', 'ready'];
    const result = await observeCondition(() => states[looks++] === 'ready' || undefined, { timeout: 10_000 });
    expect(result).toMatchObject({ value: true, by: 'polling', looks: 4 });
    expect(result.history.map(({ value }) => value)).toEqual(['undefined', 'true']);
    expect((await observeCondition(() => 1)).by).toBe('start');
  });

  test('rejects with what it has seen, each value once, and when', async () => {
    const emitter = new EventEmitter();
    let size: number | null = 0;
    const seen = (options: ConditionOptions): Promise<unknown> =>
      waitForCondition(() => size, { on: [[emitter, 'x']], interval: false, timeout: 20, ...options });
    const waits = [seen({}), seen({ message: 'there is work' })].map((wait) => wait.catch((error: Error) => error));
    emitter.emit('x');
    await microtasks();
    size = null;
    emitter.emit('x');
    const [first, second] = (await Promise.all(waits)) as Error[];
    expect(first).toBeInstanceOf(DeadlineExceededError);
    expect(first?.message).toMatch(
      /^waitForCondition\(\(\) => size\) did not succeed within 20 ms\nSeen in \d looks, with 1 source of events:\n +\d+\.\d ms {2}0\n +\d+\.\d ms {2}null$/,
    );
    expect(second?.message).toMatch(/^waitForCondition: 'there is work' did not succeed/);
  });

  test('rejects with the reason of its signal, at once, also while a look is under way', async () => {
    const reason = new Error('enough');
    await expect(waitForCondition(() => true, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const wait = waitForCondition(() => new Promise<never>(() => {}), { signal: controller.signal });
    controller.abort(reason);
    await expect(wait).rejects.toBe(reason);
  });

  test('rejects with the error of a condition that throws, or of a promise that was to tell', async () => {
    const error = new Error('broken');
    const throwing = (): never => {
      throw error;
    };
    await expect(waitForCondition(throwing)).rejects.toBe(error);
    await expect(waitForCondition(async () => throwing())).rejects.toBe(error);
    await expect(waitForCondition(() => false, byEvents(Promise.reject(error)))).rejects.toBe(error);
  });

  test('takes what is true after all over the rejection of a promise', async () => {
    let isThere = false;
    const failing = Promise.resolve().then(() => {
      isThere = true;
      throw new Error('too late to matter');
    });
    expect(await waitForCondition(() => isThere, byEvents(failing))).toBe(true);
  });

  test('looks once at a time, and again if something happened during a look', async () => {
    const emitter = new EventEmitter();
    let [inside, most, looks] = [0, 0, 0];
    const first = gate();
    const wait = waitForCondition(
      async () => {
        most = Math.max(most, ++inside);
        const look = ++looks;
        if (look === 1) await first.promise;
        inside--;
        return look === 2;
      },
      byEvents([emitter, 'change']),
    );
    emitter.emit('change');
    await Promise.resolve();
    first.resolve();
    expect(await wait).toBe(true);
    expect(most).toBe(1);
  });

  test('leaves nothing behind, however it ends', async () => {
    const emitter = new EventEmitter();
    const controller = new AbortController();
    const on: ConditionOptions['on'] = [[emitter, 'x']];
    await waitForCondition(trueAtLook(2), { on });
    await waitForCondition(() => false, { on, timeout: 0 }).catch(() => {});
    const wait = waitForCondition(() => false, { on, signal: controller.signal });
    controller.abort();
    await wait.catch(() => {});
    expect([emitter.listenerCount('x'), realDeadlines.size, loopHolders()]).toEqual([0, 0, 0]);
  });

  test('goes on while the timers of the code under test are faked', async () => {
    vi.useFakeTimers();
    try {
      expect(await waitForCondition(trueAtLook(3))).toBe(3);
      await expect(waitForCondition(() => false, { timeout: 5 })).rejects.toThrow(DeadlineExceededError);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    [{ on: new EventEmitter() }, /'on' to be an array/],
    [{ on: [new EventEmitter()] }, /'on\[0\]' to be \[emitter, 'event', \.\.\.\]/],
    [{ on: ['exit'] }, /'on\[0\]'.*got 'exit'/],
    [{ interval: 0 }, /'interval' to be above 0/],
    [{ interval: '1' }, /'interval' to be a number or false, got '1'/],
    [{ timeout: -1 }, /'timeout' to be 0 or more/],
    [{ message: 1 }, /'message' to be a string/],
    [{ onFallback: 1 }, /'onFallback' to be a function/],
  ])('refuses the options %o', async (options, message) => {
    await expect(waitForCondition(() => true, options as ConditionOptions)).rejects.toThrow(message);
  });

  test('refuses what is no condition', async () => {
    await expect(waitForCondition(true as never)).rejects.toThrow(/'condition' to be a function, got boolean/);
  });
});

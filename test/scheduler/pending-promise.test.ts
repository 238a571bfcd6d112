import { describe, expect, test } from 'vitest';
import { lastSettle, pendingPromise, Rejection } from '../../src/scheduler/pending-promise.ts';

describe('pendingPromise', () => {
  test('is settled from outside, each by its own function', async () => {
    const first = pendingPromise();
    const settleFirst = lastSettle();
    const second = pendingPromise();
    const settleSecond = lastSettle();
    settleSecond('second');
    settleFirst('first');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  });

  test('is rejected by a Rejection, with any reason', async () => {
    for (const reason of [new Error('Broken'), undefined, null, 0, 'text']) {
      const promise = pendingPromise();
      lastSettle()(new Rejection(reason));
      expect(
        await promise.then(
          () => 'resolved',
          (error: unknown) => ({ error }),
        ),
      ).toEqual({ error: reason });
    }
  });

  test('is settled once', async () => {
    const promise = pendingPromise();
    const settle = lastSettle();
    settle(1);
    settle(new Rejection(new Error('Too late')));
    expect(await promise).toBe(1);
  });
});

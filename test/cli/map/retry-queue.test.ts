import { describe, expect, test } from 'vitest';
import { RetryQueue } from '../../../src/cli/map/retry-queue.ts';
import { Deadlines } from '../../../src/pacing/deadlines.ts';
import { ManualClock } from '../_manual-clock.ts';

function setUp(): { clock: ManualClock; queue: RetryQueue<string>; rings: () => number } {
  const clock = new ManualClock();
  let rings = 0;
  return { clock, queue: new RetryQueue<string>(new Deadlines(clock), () => rings++), rings: () => rings };
}

describe('RetryQueue', () => {
  test('gives an item back when its time has come, and says so', () => {
    const { clock, queue, rings } = setUp();
    queue.add('late', 20);
    queue.add('soon', 10);
    expect(queue.take()).toBeUndefined();
    clock.advance(10);
    expect([rings(), queue.take(), queue.take(), queue.size]).toEqual([1, 'soon', undefined, 1]);
    clock.advance(10);
    expect([rings(), queue.take(), queue.size]).toEqual([2, 'late', 0]);
  });

  test('forgets everything at once, with its timer', () => {
    const { clock, queue, rings } = setUp();
    queue.add('a', 10);
    queue.add('b', 20);
    clock.advance(10);
    queue.clear();
    expect([queue.size, queue.take(), clock.timers]).toEqual([0, undefined, 0]);
    clock.advance(100);
    expect(rings()).toBe(1);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Deadline, Deadlines, deadlines } from '../../src/signal/deadlines.ts';
import { testRuntime } from '../support/install-runtime.ts';
import { FakeTime } from './_fake-time.ts';

describe('Deadlines', () => {
  test('call back in the order of their times, each when it has come', () => {
    const time = new FakeTime();
    const set = new Deadlines(time);
    const called: string[] = [];
    for (const at of [30, 10, 20]) set.add(at, () => called.push(`${at} at ${time.time}`));
    time.advanceTo(100);
    expect(called).toEqual(['10 at 10', '20 at 20', '30 at 30']);
  });

  test('hold one timer, and none when there is nothing to wait for', () => {
    const time = new FakeTime();
    const set = new Deadlines(time);
    expect(time.pendingTimers).toBe(0);
    const all = [30, 10, 20].map((at) => set.add(at, () => {}));
    expect(time.pendingTimers).toBe(1);
    for (const deadline of all) deadline.cancel();
    expect(time.pendingTimers).toBe(0);
    expect(set.size).toBe(0);
  });

  test('are never early, whatever the timer does', () => {
    const time = new FakeTime();
    time.early = 0.8;
    const set = new Deadlines(time);
    const called: number[] = [];
    for (const at of [5, 5.5, 9.25]) set.add(at, () => called.push(time.time - at));
    time.advanceTo(5.1);
    expect(called).toHaveLength(1);
    time.advanceTo(50);
    expect(called).toHaveLength(3);
    expect(Math.min(...called)).toBeGreaterThanOrEqual(0);
  });

  test('may be further away than any timer', () => {
    const time = new FakeTime();
    const set = new Deadlines(time);
    const called: number[] = [];
    const at = 3 * 2 ** 31;
    set.add(at, () => called.push(time.time));
    set.add(Infinity, () => called.push(-1));
    time.advanceTo(at);
    expect(called).toEqual([at]);
    expect(Math.max(...time.delays)).toBe(2 ** 31 - 1);
  });

  test('that are past are due at once, but not within add', () => {
    const time = new FakeTime();
    time.time = 100;
    const set = new Deadlines(time);
    let called = 0;
    set.add(50, () => called++);
    expect(called).toBe(0);
    time.advanceTo(100);
    expect(called).toBe(1);
  });

  test('may be added and cancelled from a callback, also those due in the same instant', () => {
    const time = new FakeTime();
    const set = new Deadlines(time);
    const called: string[] = [];
    set.add(10, () => {
      called.push('first');
      second.cancel();
      set.add(10, () => called.push('added'));
    });
    const second = set.add(10, () => called.push('second'));
    set.add(10, () => called.push('third'));
    time.advanceTo(10);
    expect(called).toEqual(['first', 'third', 'added']);
    expect(time.pendingTimers).toBe(0);
  });

  test('behave as a sorted list would', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 1_000 }) }),
      fc.record({ cancel: fc.nat() }),
      fc.record({ pass: fc.integer({ min: 0, max: 200 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const time = new FakeTime();
        const set = new Deadlines(time);
        const called: number[] = [];
        const made: Deadline[] = [];
        let model: Array<{ id: number; at: number }> = [];
        const expected: number[] = [];
        for (const it of steps) {
          if ('add' in it) {
            const id = made.length;
            const at = time.time + it.add;
            made.push(set.add(at, () => called.push(id)));
            model.push({ id, at });
          } else if ('cancel' in it) {
            const id = it.cancel % Math.max(1, made.length);
            made[id]?.cancel();
            model = model.filter((entry) => entry.id !== id);
          } else {
            const now = time.time + it.pass;
            time.advanceTo(now);
            const due = model.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
            model = model.filter(({ at }) => at > now);
            expected.push(...due.map(({ at }) => at));
            expect(called.map((id) => made[id]?.at)).toEqual(expected);
          }
          expect(set.size).toBe(model.length);
          expect(time.pendingTimers).toBe(model.length === 0 ? 0 : 1);
        }
      }),
    );
  });

  test('can be a million', () => {
    const time = new FakeTime();
    const set = new Deadlines(time);
    let called = 0;
    const all = Array.from({ length: 1_000_000 }, (_, i) => set.add((i * 7919) % 1_000_003, () => called++));
    for (let i = 0; i < all.length; i += 2) all[i]?.cancel();
    time.advanceTo(1_000_003);
    expect(called).toBe(500_000);
    expect(set.size).toBe(0);
  });

  test('refuse a time that is none', () => {
    expect(() => new Deadlines(new FakeTime()).add(NaN, () => {})).toThrow(RangeError);
  });
});

describe('the deadlines of a thread', () => {
  test('follow the runtime: never early', async () => {
    const at = testRuntime.now() + 20.7;
    const keep = testRuntime.keepAlive();
    keep.hold();
    const called = await new Promise<number>((resolve) => deadlines().add(at, () => resolve(testRuntime.now())));
    keep.release();
    expect(called).toBeGreaterThanOrEqual(at);
  });
});

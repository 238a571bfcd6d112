import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE, TaskQueueReader, TaskQueueWriter } from '../../src/scheduler/task-queue.ts';
import { makeRegion } from './_region.ts';

const THREADS = 3;
const SLOTS = 4;

/** The queue beside an array that does the same. */
class Bench {
  readonly region = makeRegion(SLOTS, THREADS);
  readonly writer = new TaskQueueWriter(this.region);
  readonly readers = Array.from({ length: THREADS }, (_, thread) => new TaskQueueReader(this.region, thread));
  readonly free: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  readonly queued: number[] = [];
  readonly claimed = new Map<number, number>();

  publish(): void {
    const slot = this.free.shift();
    if (slot === undefined || !this.writer.hasRoom) {
      if (slot !== undefined) this.free.push(slot);
      return;
    }
    this.writer.publish(slot);
    this.queued.push(slot);
  }

  claim(thread: number): void {
    const expected = this.queued.shift() ?? NONE;
    if (expected !== NONE) expect((this.readers[thread] as TaskQueueReader).hasWork).toBe(true);
    expect((this.readers[thread] as TaskQueueReader).claim()).toBe(expected);
    if (expected === NONE) return;
    expect(this.writer.claimant(expected)).toBe(thread);
    this.claimed.set(expected, thread);
  }

  withdraw(slot: number): void {
    const place = this.queued.indexOf(slot);
    expect(this.writer.withdraw(slot)).toBe(place >= 0);
    if (place < 0) return;
    this.queued.splice(place, 1);
    this.writer.release(slot);
    this.free.push(slot);
  }

  assign(thread: number): void {
    const slot = this.free.shift();
    if (slot === undefined) return;
    this.writer.assign(slot, thread);
    this.claimed.set(slot, thread);
  }

  release(slot: number): void {
    if (!this.claimed.delete(slot)) return;
    this.writer.release(slot);
    this.free.push(slot);
  }

  check(): void {
    expect(this.writer.depth).toBe(this.queued.length);
    for (let slot = 0; slot < SLOTS; slot++) {
      expect(this.writer.claimant(slot)).toBe(this.claimed.get(slot) ?? NONE);
    }
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ name: 'publish', at: 0 } as const) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant('claim' as const), at: fc.nat(THREADS - 1) }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant('release' as const), at: fc.nat(SLOTS - 1) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('withdraw' as const), at: fc.nat(SLOTS - 1) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('assign' as const), at: fc.nat(THREADS - 1) }) },
);

describe('the queue of tasks', () => {
  test('does what a plain array does, lap after lap', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const bench = new Bench();
        for (const { name, at } of steps) {
          bench[name](at);
          bench.check();
        }
        // What is left comes out in order.
        while (bench.queued.length > 0) bench.claim(0);
        bench.claim(1);
      }),
      { numRuns: 150 },
    );
  });

  test('gives every task to one thread, in the order of publication, over a million laps of slots', () => {
    const { writer, readers } = new Bench();
    const [left, right] = readers as [TaskQueueReader, TaskQueueReader];
    // More positions than the tag has bits for: it wraps, and nothing old is taken for new.
    for (let position = 0; position < 2 ** 20 + 50; position++) {
      const slot = position % SLOTS;
      writer.publish(slot);
      const claimed = (position % 2 === 0 ? left : right).claim();
      if (claimed !== slot) throw new Error(`Expected slot ${slot} at position ${position}, got ${claimed}`);
      writer.release(slot);
    }
    expect(left.claim()).toBe(NONE);
    expect(left.hasWork).toBe(false);
    expect(writer.depth).toBe(0);
  });

  test('is full when every entry is taken, and has room again once a task was claimed', () => {
    const { writer, readers } = new Bench();
    writer.publish(0);
    // Withdrawn again and again, its entries fill the ring behind a task that nobody claims.
    for (let i = 1; i < SLOTS * 2; i++) {
      expect(writer.hasRoom).toBe(true);
      writer.publish(1);
      expect(writer.withdraw(1)).toBe(true);
    }
    expect(writer.hasRoom).toBe(false);
    expect(writer.depth).toBe(1);
    expect((readers[0] as TaskQueueReader).claim()).toBe(0);
    expect(writer.hasRoom).toBe(true);
    expect(writer.depth).toBe(0);
    expect((readers[0] as TaskQueueReader).claim()).toBe(NONE);
  });

  test('makes room by itself when all entries are of withdrawn tasks', () => {
    const { writer, readers } = new Bench();
    for (let i = 0; i < 100; i++) {
      expect(writer.hasRoom).toBe(true);
      writer.publish(2);
      writer.withdraw(2);
    }
    writer.publish(3);
    expect((readers[1] as TaskQueueReader).claim()).toBe(3);
  });

  test('lets a task be withdrawn or claimed, never both', () => {
    const { writer, readers } = new Bench();
    writer.publish(0);
    expect((readers[2] as TaskQueueReader).claim()).toBe(0);
    expect(writer.withdraw(0)).toBe(false);
    writer.publish(1);
    expect(writer.withdraw(1)).toBe(true);
    expect(writer.withdraw(1)).toBe(false);
    expect((readers[2] as TaskQueueReader).claim()).toBe(NONE);
  });
});

import { describe, expect, test } from 'vitest';
import type { EnginePool } from '../../../src/cli/io.ts';
import { Lanes } from '../../../src/cli/map/lanes.ts';

/** A pool whose state a test sets. */
class FakePool extends EventTarget {
  running = 0;
  queued = 0;
  stats(): { running: number; queued: number } {
    return { running: this.running, queued: this.queued };
  }
  tell(type: string): void {
    this.dispatchEvent(new Event(type));
  }
}

function setUp(threads: number, concurrency: number) {
  const pool = new FakePool();
  let changes = 0;
  const lanes = new Lanes(pool as unknown as EnginePool, threads, concurrency, () => changes++);
  return { pool, lanes, changes: () => changes };
}

describe('Lanes', () => {
  test('has room while fewer tasks are out than can run at a time', () => {
    const { pool, lanes } = setUp(2, 2);
    const seen = [0, 3, 4].map((running) => {
      pool.running = running;
      return lanes.hasRoom;
    });
    expect(seen).toEqual([true, true, false]);
    pool.running = 2;
    pool.queued = 2;
    expect(lanes.hasRoom).toBe(false);
  });

  test('a thread that is gone takes its places with it, until another has started', () => {
    const { pool, lanes, changes } = setUp(1, 1);
    pool.tell('threadexit');
    expect(lanes.hasRoom).toBe(false);
    pool.tell('threadstart');
    expect([lanes.hasRoom, changes()]).toEqual([true, 2]);
  });

  test('a pool in trouble gets its next item, to say what is the matter', () => {
    const { pool, lanes } = setUp(1, 1);
    pool.tell('threadexit');
    pool.tell('error');
    expect(lanes.hasRoom).toBe(true);
  });
});

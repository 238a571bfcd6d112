/** Threads that are blocked for long, on either side, while the rest goes on. */
import { describe, expect, test } from 'vitest';
import { closeClean, faultPool, Ledger, onceRunning } from './_ledger.ts';
import { residue } from './_residue.ts';
import { PATIENCE } from '../support/scale.ts';

const GATE = 10;

describe('a task that blocks its thread', PATIENCE, () => {
  test('holds up nobody while another thread is free', async () => {
    const before = residue();
    const ledger = new Ledger(2_000);
    const { pool } = faultPool(ledger);
    const running = onceRunning(pool);
    const blocked = ledger.enter('gate', { value: 0 }, (id) => pool.run('gate', [id, GATE]));
    await running(0);
    for (let i = 0; i < 1_500; i++) {
      void ledger.enter('double', { value: ledger.submitted * 2 }, (id) => pool.run('double', [id]));
    }
    await ledger.room(2);
    ledger.open(GATE);
    await blocked;
    ledger.balance();
    await closeClean(pool, ledger, before);
  });

  test('does not keep callers of waiting tasks from giving up, and theirs never run', async () => {
    const before = residue();
    const ledger = new Ledger(1_000);
    const { pool } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    const blocked = ledger.enter('gate', { value: 0 }, (id) => pool.run('gate', [id, GATE]));
    await running(0);
    const caller = new AbortController();
    const given = Array.from({ length: 300 }, (_, index) =>
      ledger.enter('double', { errors: ['AbortError', 'TimeoutError'] }, (id) =>
        pool.run('double', [id], index % 2 === 0 ? { signal: caller.signal } : { timeout: 1 + (index % 5) }),
      ),
    );
    const kept = Array.from({ length: 300 }, () =>
      ledger.enter('double', { value: ledger.submitted * 2 }, (id) => pool.run('double', [id])),
    );
    caller.abort();
    await Promise.all(given);
    expect(pool.stats()).toMatchObject({ cancelled: 300, completed: 0 });
    ledger.open(GATE);
    await Promise.all([blocked, ...kept]);
    ledger.balance();
    expect(ledger.started.subarray(1, 301).every((count) => count === 0)).toBe(true);
    await closeClean(pool, ledger, before);
  });

  test('and is cancelled, keeps its thread until it ends; its caller has been answered long before', async () => {
    const before = residue();
    const ledger = new Ledger(10);
    const { pool, threads } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    const caller = new AbortController();
    const blocked = ledger.enter('gate', { errors: ['AbortError'] }, (id) =>
      pool.run('gate', [id, GATE], { signal: caller.signal }),
    );
    await running(0);
    const next = ledger.enter('double', { value: 2 }, (id) => pool.run('double', [id]));
    caller.abort();
    await blocked;
    expect(pool.stats()).toMatchObject({ running: 1, queued: 1, cancelled: 1 });
    ledger.open(GATE);
    await next;
    ledger.balance();
    expect(threads.exited).toBe(0);
    await closeClean(pool, ledger, before);
  });

  test('is ended with its thread when it is given no time; what waits behind it runs on the next', async () => {
    const before = residue();
    const ledger = new Ledger(1_000);
    const { pool, threads } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    for (const name of ['spin', 'block'] as const) {
      const caller = new AbortController();
      const id = ledger.submitted;
      const blocked = ledger.enter(name, { errors: ['AbortError'] }, () =>
        pool.run(name, [id], { signal: caller.signal, killAfter: 1 }),
      );
      await running(id);
      for (let i = 0; i < 100; i++) {
        const value = ledger.submitted * 2;
        void ledger.enter('double', { value, mayCrash: false }, (each) => pool.run('double', [each]));
      }
      caller.abort();
      await blocked;
      await ledger.room(1);
      // It runs no more: what it counted up stands still, although a whole task has come and gone.
      const counted = Atomics.load(ledger.gates, 0);
      await ledger.enter('double', { value: ledger.submitted * 2 }, (each) => pool.run('double', [each]));
      expect(Atomics.load(ledger.gates, 0)).toBe(counted);
    }
    ledger.balance();
    expect(threads).toMatchObject({ terminated: 2, stuck: 0 });
    await closeClean(pool, ledger, before);
  });
});

describe('a thread that is ended while it loads modules', PATIENCE, () => {
  test('runs no more once another serves in its place', async () => {
    const before = residue();
    const ledger = new Ledger(60);
    const { pool, threads } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    for (let round = 0; round < 20; round++) {
      const caller = new AbortController();
      const id = ledger.submitted;
      const loading = ledger.enter('keepLoading', { errors: ['AbortError'] }, () =>
        pool.run('keepLoading', [id], { signal: caller.signal, killAfter: 0 }),
      );
      await running(id);
      caller.abort();
      await loading;
      await ledger.enter('double', { value: ledger.submitted * 2 }, (each) => pool.run('double', [each]));
      const counted = Atomics.load(ledger.gates, 0);
      await ledger.enter('double', { value: ledger.submitted * 2 }, (each) => pool.run('double', [each]));
      expect(Atomics.load(ledger.gates, 0)).toBe(counted);
    }
    ledger.balance();
    expect(threads).toMatchObject({ terminated: 20, stuck: 0 });
    await closeClean(pool, ledger, before);
  });
});

describe('a pool whose own thread is blocked', PATIENCE, () => {
  test("takes late news of a thread's end for what it is: the thread is replaced, none is missing", async () => {
    const before = residue();
    const ledger = new Ledger(10);
    const { pool, threads } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    const caller = new AbortController();
    const spinning = ledger.enter('block', { errors: ['AbortError'] }, (id) =>
      pool.run('block', [id], { signal: caller.signal, killAfter: 0 }),
    );
    await running(0);
    caller.abort();
    await spinning;
    // The thread is being ended; now no news of it for longer than the pool waits for its end.
    const clock = new Int32Array(new SharedArrayBuffer(4));
    setTimeout(() => void Atomics.wait(clock, 0, 0, 2_300), 0);
    await ledger.enter('double', { value: 2 }, (id) => pool.run('double', [id]));
    expect(pool.stats()).toMatchObject({ threads: 1, stuckThreads: 0 });
    ledger.balance();
    expect(threads.exited).toBe(1);
    await closeClean(pool, ledger, before);
  });
});

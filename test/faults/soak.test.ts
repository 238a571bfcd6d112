/** A long run of small tasks: memory stays where it is. */
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { closeClean, faultPool, Ledger, onceRunning } from './_ledger.ts';
import { PATIENCE, scaled } from '../support/scale.ts';
import { residue } from './_residue.ts';

const TASKS = scaled(1_000_000, 20_000);
const BURST = 5_000;
const WAITING = scaled(200_000, 20_000);
const MEBIBYTE = 2 ** 20;
const GATE = 10;

const collect: () => void = await collector();

/** What the JavaScript of this process holds, in bytes, garbage aside. */
function held(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('memory', PATIENCE, () => {
  test(`stays where it is over ${TASKS} tasks in bursts`, async () => {
    const before = residue();
    // The books of a million tasks would be what grows: one row is enough here.
    const ledger = new Ledger(1);
    const { pool } = faultPool(ledger);
    await pool.ready();
    const blocks = residue().blocks;
    let sum = 0;
    let wanted = 0;
    let done = 0;
    let early = 0;
    const text = 'x'.repeat(5_000);
    while (done < TASKS) {
      const burst: Array<Promise<number | string>> = [];
      for (let i = 0; i < BURST; i++, done++) {
        // Every hundredth through a block of the arena.
        burst.push(i % 100 === 0 ? pool.run('text', [0, text]) : pool.run('add', [0, done, 1]));
        wanted += i % 100 === 0 ? text.length + 2 : done + 1;
      }
      for (const result of await Promise.all(burst)) sum += typeof result === 'string' ? result.length : result;
      if (done === Math.ceil(TASKS / BURST / 4) * BURST) early = held();
    }
    expect(sum).toBe(wanted);
    const growth = held() - early;
    expect(growth / MEBIBYTE).toBeLessThan(8);
    expect(residue().blocks).toEqual(blocks);
    expect(Atomics.load(ledger.effects, 0)).toBe(TASKS);
    expect(pool.stats()).toMatchObject({ completed: TASKS, failed: 0, cancelled: 0, queued: 0, running: 0 });
    ledger.submitted = ledger.fulfilled = TASKS;
    await closeClean(pool, ledger, before);
  });

  test(`a waiting task takes little: ${WAITING} of them`, async () => {
    const before = residue();
    const ledger = new Ledger(3);
    const { pool } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    const blocked = ledger.enter('gate', { value: 0 }, (id) => pool.run('gate', [id, GATE]));
    await running(0);
    const tasks: Array<Promise<number>> = [];
    const empty = held();
    for (let i = 0; i < WAITING; i++) tasks.push(pool.run('double', [1]));
    const each = (held() - empty) / WAITING;
    expect(pool.stats().queued).toBe(WAITING);
    expect(each).toBeLessThan(300);
    ledger.open(GATE);
    await blocked;
    const results = await Promise.all(tasks);
    expect(results.every((result) => result === 2)).toBe(true);
    expect(Atomics.load(ledger.effects, 1)).toBe(WAITING);
    ledger.submitted = ledger.fulfilled = WAITING + 1;
    await closeClean(pool, ledger, before);
  });
});

/** The garbage collector. */
async function collector(): Promise<() => void> {
  const bun = (globalThis as { Bun?: { gc(force: boolean): void } }).Bun;
  if (bun !== undefined) return () => bun.gc(true);
  const exposed = (globalThis as { gc?: () => void }).gc;
  if (exposed !== undefined) return exposed;
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')]);
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

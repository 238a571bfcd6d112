import { describe, expect, test } from 'vitest';
import { startThread } from '../support/attached-thread.ts';
import '../support/install-runtime.ts';
import { DeadlineExceededError } from '../../src/errors.ts';
import { defaultArena } from '../../src/memory/arena.ts';
import { barrierPoint, BarrierPoint, point, pointSync } from '../../src/testing/barrier-point.ts';
import { microtasks, observe } from '../signal/_settled.ts';

/** An account whose withdrawals look, then take. */
class Account {
  balance = 100;
  async withdraw(amount: number): Promise<void> {
    if (amount > this.balance) throw new RangeError('Insufficient funds');
    await point('checked');
    this.balance -= amount;
  }
}

describe('barrierPoint', () => {
  test('forces an interleaving', async () => {
    using checked = barrierPoint('checked');
    const account = new Account();
    const both = [account.withdraw(80), account.withdraw(80)];
    await checked.arrived(2);
    expect(checked.held).toBe(2);
    checked.open();
    await Promise.all(both);
    expect(account.balance).toBe(-60);
  });

  test('is nothing where no test has made it', async () => {
    const account = new Account();
    await account.withdraw(100);
    expect(account.balance).toBe(0);
    pointSync('checked');
  });

  test('lets go as many as it is told to, in the order in which they came', async () => {
    using gate = barrierPoint('gate');
    const hits = [gate.hit(), gate.hit(), gate.hit()].map(observe);
    await gate.arrived(3);
    gate.release(2);
    await microtasks();
    expect(hits.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending']);
    gate.release();
    await gate.hit({ timeout: 0 }).catch(() => {});
    await microtasks();
    expect(hits[2]?.state).toBe('fulfilled');
  });

  test('opened, holds nobody; closed, holds again', async () => {
    using gate = barrierPoint('gate');
    gate.open();
    await gate.hit();
    gate.close();
    await expect(gate.hit({ timeout: 1 })).rejects.toThrow(DeadlineExceededError);
    expect(gate.held).toBe(0);
  });

  test('says how many came of those who were waited for', async () => {
    using gate = barrierPoint('gate');
    void gate.hit().catch(() => {});
    await expect(gate.arrived(2, { timeout: 5 })).rejects.toThrow(
      "barrierPoint 'gate': 1 of 2 came within 5 ms, 1 are held",
    );
    const reason = new Error('enough');
    await expect(gate.arrived(2, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    gate.open();
  });

  test('holds threads, in their event loops and blocked', async () => {
    using gate = barrierPoint('between threads');
    const { exited, message } = startThread(new URL('./_held-thread.ts', import.meta.url), gate.handle);
    await gate.arrived();
    gate.release();
    expect(await message()).toBe('past the first');
    await gate.arrived();
    expect(gate.held).toBe(1);
    gate.release();
    expect(await message()).toBe('past the second');
    await exited;
  });

  test('gives its memory and its name back', () => {
    const blocks = (): number => defaultArena().stats().blocks;
    const before = blocks();
    const gate = barrierPoint('gate');
    expect(() => barrierPoint('gate')).toThrow(/this thread has one of that name/);
    gate[Symbol.dispose]();
    gate[Symbol.dispose]();
    barrierPoint('gate')[Symbol.dispose]();
    expect(blocks()).toBe(before);
    expect(() => BarrierPoint.from({} as never)).toThrow(/handle of a barrierPoint/);
  });
});

/** With the built package: a point among the arguments of a task arrives as itself. */
import { createPool } from 'reveille';
import { barrierPoint } from 'reveille/testing';
import { expect, test } from 'vitest';

test('a barrierPoint holds the tasks of a pool, and so shows what they do to each other', async () => {
  const tasks = new URL('./_account.mjs', import.meta.url);
  await using pool = createPool<typeof import('./_account.mjs')>(tasks, { threads: 2 });
  using checked = barrierPoint('checked');
  const balance = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  const both = [pool.tasks.withdraw(balance, checked), pool.tasks.withdraw(balance, checked)];
  await checked.arrived(2, { timeout: 30_000 });
  expect(balance[0]).toBe(1);
  checked.open();
  expect(await Promise.all(both)).toEqual([true, true]);
  expect(balance[0]).toBe(-1);
});

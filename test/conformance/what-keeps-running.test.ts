import { whatKeepsRunning } from 'reveille';
import { expect, test } from 'vitest';
import { openPool } from './_pool.ts';

test('an open pool and its threads are named, and what holds the process for them', async () => {
  const { pool, gates } = openPool({ name: 'resizer' });
  const held = pool.run('hold', [0]);
  await gates.arrived(0);
  const queued = pool.run('add', [1, 2]);
  expect(whatKeepsRunning().activities).toEqual([
    { kind: 'pool', name: 'resizer', detail: 'open, 1 tasks run, 1 wait', holdsProcess: true },
    { kind: 'thread', name: 'resizer/0', detail: 'alive', holdsProcess: false },
  ]);
  expect(whatKeepsRunning().text).toContain('* pool resizer: open, 1 tasks run, 1 wait\n  thread resizer/0: alive');
  gates.open(0);
  await Promise.all([held, queued]);
  expect(whatKeepsRunning().text).toContain('  pool resizer: open, 0 tasks run, 0 wait');
  await pool.close();
  expect(whatKeepsRunning().activities).toEqual([]);
});

/**
 * Run by `npm test` under exactly the permissions that the documentation asks for: to read the package and the task module.
 * `deno test --no-prompt --allow-read=package.json,dist,test/deno test/deno`
 */
import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict';
// @ts-types="../../adapters/deno.ts"
import { createPool, now } from 'reveille';

Deno.test('a pool needs no environment, system, network, write or run permission', async () => {
  for (const name of ['env', 'sys', 'net', 'write', 'run', 'ffi'] as const) {
    notStrictEqual((await Deno.permissions.query({ name })).state, 'granted', name);
  }
  notStrictEqual((await Deno.permissions.query({ name: 'read' })).state, 'granted', 'read without a path');

  const pool = createPool<typeof import('./tasks.mjs')>(new URL('./tasks.mjs', import.meta.url), { threads: 2 });
  await pool.ready();
  deepStrictEqual(await Promise.all([1, 2, 3].map((value) => pool.tasks.double(value))), [2, 4, 6]);
  strictEqual(typeof (await pool.tasks.threadIndex()), 'number');
  strictEqual((await pool.close()).clean, true);
});

Deno.test('a deadline needs no permission', async () => {
  strictEqual(now() > 0, true);
  const pool = createPool<typeof import('./tasks.mjs')>(new URL('./tasks.mjs', import.meta.url), { threads: 1 });
  strictEqual(await pool.run('double', [4], { timeout: 60_000 }), 8);
  await pool.destroy();
});

import { createPool } from 'reveille';

/** @param {number} count */
export async function sumInAPool(count) {
  /** @type {import('reveille').Pool<any>} */
  const pool = createPool(new URL('../_tasks.mjs', import.meta.url), { threads: 1 });
  const values = await Promise.all(Array.from({ length: count }, (_, i) => pool.run('addOne', [i])));
  await pool.close();
  return values.map(Number).reduce((a, b) => a + b, 0);
}

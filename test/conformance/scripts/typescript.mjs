// A pool on a TypeScript module.
import { createPool } from 'reveille';

try {
  /** @type {import('reveille').Pool<any>} */
  const pool = createPool(new URL('../modules/typed.ts', import.meta.url), { threads: 1 });
  console.log(await pool.run('answer', [40]));
} catch (error) {
  const { code, message } = /** @type {Error & { code: string }} */ (error);
  console.log(code, message);
}

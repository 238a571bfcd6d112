import { parentPort } from 'node:worker_threads';
import { createPool } from 'reveille';

/** @type {import('reveille').Pool<any>} */
const pool = createPool(new URL('../_tasks.mjs', import.meta.url), { threads: 2 });
const results = await Promise.all(Array.from({ length: 1000 }, (_, i) => pool.run('echo', [i])));
const crashed = await pool.run('exit', [1]).catch((/** @type {{ code: string }} */ error) => error.code);
const { clean } = await pool.close();
parentPort?.postMessage({ sum: results.map(Number).reduce((a, b) => a + b, 0), crashed, clean });

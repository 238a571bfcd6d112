// A process of its own: fills the heaps of a pool's threads under a load of other tasks, and prints what became of all.
import process from 'node:process';
import { createPool } from 'reveille';

const tasks = 20_000;
const deaths = Number(process.argv[2]);
const words = () => new Int32Array(new SharedArrayBuffer(4 * (tasks + deaths)));
const workerData = { started: words(), effects: words(), gates: words() };
/** @type {import('reveille').Pool<typeof import('./_tasks.mjs')>} */
const pool = createPool(new URL('./_tasks.mjs', import.meta.url), {
  threads: 2,
  execArgv: [],
  workerData,
  resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
});

/** @type {Record<string, number>} */
const outcomes = {};
/** @param {string} outcome */
function count(outcome) {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

/** @param {Error & { cause?: any }} error */
function countError({ name, cause }) {
  count(`${name} ${cause?.code}`);
}

await pool.ready();
/** @type {Promise<void>[]} */
const all = [];
for (let id = 0; id < tasks; id++) {
  if (id % (tasks / deaths) === 0) {
    const dying = pool.run('grow', [tasks + id / (tasks / deaths)]);
    all.push(dying.then(() => count('survived'), countError));
  }
  all.push(pool.run('double', [id]).then((value) => count(value === 2 * id ? 'right' : 'wrong'), countError));
}
await Promise.all(all);
const effects = workerData.effects.subarray(0, tasks).every((times) => times === 1);
const { leftBehind, clean } = await pool.close();
console.log(JSON.stringify({ outcomes, effects, leftBehind, clean }));
process.exit(0);

/**
 * What waiting costs, beside the habits and the libraries that it is to replace: `node bench/pacing.mjs [--quick]`, or
 * the same with `deno run -A` or `bun`. Measures in this process, one thing after another; takes about 80 s.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { loadAverage } from './machine/describe.mjs';
import { measureDrift } from './pacing/drift.mjs';
import { measureLatency } from './pacing/latency.mjs';
import { measureRetry } from './pacing/retry.mjs';
import { measureWakeUps } from './pacing/wake-ups.mjs';
import { installPeers } from './peers.mjs';
import { table } from './report/format.mjs';

/**
 * A line of the table: what was measured, of whom, the figure, and what it is held to.
 * @typedef {{ what: string, who: string, figure: string, holds?: boolean | undefined }} Row
 */

const runtime = 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node';
const quick = process.argv.includes('--quick');
const adapter = new URL(`../dist/adapters/${runtime}.js`, import.meta.url);
if (!existsSync(adapter)) throw new Error('Reveille is not built: npm run build');
installPeers();
/** @type {typeof import('../adapters/node.ts')} */
const reveille = await import(adapter.href);

/** @type {Row[]} */
const rows = [];
for (const measure of [measureLatency, measureRetry, measureWakeUps, measureDrift]) {
  rows.push(...(await measure(reveille, quick)));
}
const cells = rows.map(({ what, who, figure, holds }) => [
  what,
  who,
  figure,
  holds === undefined ? '' : verdict(holds),
]);
const { versions } = process;
console.log(`${runtime} ${versions[runtime] ?? versions.node}, load average ${loadAverage().join(' ')}\n`);
console.log(table([['what', 'who', 'measured', 'target'], ...cells], 'plain'));

/** @param {boolean} holds */
function verdict(holds) {
  return holds ? 'met' : 'NOT MET';
}

/**
 * Weighs a folder of packages on all cores: the size of every file as it is, as gzip and as Brotli, and its SHA-256.
 *
 *     node examples/weigh/main.mjs [DIR] [--limit N] [--threads N] [--manifest FILE]
 *     deno run -A examples/weigh/main.mjs
 *     bun examples/weigh/main.mjs
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createPool } from 'reveille';
import { findFiles } from './find-files.mjs';
import { byPackage, megabytes, renderTable } from './table.mjs';

/** @typedef {import('./tasks.mjs').Weight} Weight */
/** @typedef {import('./tasks.mjs').Problem} Problem */

const SHOWN = 15;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string' }, threads: { type: 'string' }, manifest: { type: 'string' } },
});
const folder = positionals[0] ?? 'node_modules';
const limit = wholeNumber('limit', values.limit) ?? Infinity;
const threads = wholeNumber('threads', values.threads) ?? availableParallelism();

const { files, links, sameFiles, leftOut } = findFiles(folder, limit);
const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
console.log(`${count(files.length, 'file')} in ${folder}, ${megabytes(total)} MB`);
if (sameFiles > 0) console.log(`weighed once: ${count(sameFiles, 'further name')} of files that have several`);
if (links > 0) console.log(`not followed: ${count(links, 'symbolic link')}`);
if (leftOut.length > 0) {
  const bytes = leftOut.reduce((sum, file) => sum + file.bytes, 0);
  console.log(`left out by --limit: the ${count(leftOut.length, 'smallest file')}, ${megabytes(bytes)} MB`);
}

const all = await weighAll(threads);
const weights = all.results.filter((result) => 'sha256' in result);
const problems = all.results.filter((result) => 'problem' in result);

const packages = byPackage(weights, folder);
const sum = { files: 0, bytes: 0, gzip: 0, brotli: 0 };
for (const each of packages) {
  sum.files += each.files;
  sum.bytes += each.bytes;
  sum.gzip += each.gzip;
  sum.brotli += each.brotli;
}
const rest = packages.length - SHOWN;
const rows = [...packages.slice(0, SHOWN), { name: `all ${packages.length} packages`, ...sum }];
console.log(`\n${renderTable(rows, 'package')}`);
if (rest > 0) console.log(`(the ${SHOWN} heaviest as Brotli; ${rest} more are in the sum)`);
for (const { path, problem } of problems) console.log(`not weighed: ${path}: ${problem}`);
if (values.manifest !== undefined) {
  writeFileSync(values.manifest, all.results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  console.log(`every file's numbers and SHA-256 are in ${values.manifest}`);
}

const one = await weighAll(1);
console.log(`\n${threads} threads  ${seconds(all.ms)}`);
console.log(`1 thread   ${seconds(one.ms)}   ${(one.ms / all.ms).toFixed(2)} times as long`);
const digest = digestOf(all.results);
console.log(`SHA-256 of all results: ${digest}${digest === digestOf(one.results) ? ', the same both times' : ''}`);
for (const { name, report } of [all, one]) {
  const { completed, failed, cancelled } = report.tasks;
  const { leftBehind } = report;
  console.log(
    `${name}: closed in ${report.ms.toFixed(1)} ms, ${report.clean ? 'clean' : 'not clean'}; ` +
      `tasks: ${completed} completed, ${failed} failed, ${cancelled} cancelled; ` +
      `left behind: ${leftBehind.threads} threads, ${leftBehind.bytes} bytes`,
  );
}
const isRight = all.report.clean && one.report.clean && problems.length === 0 && digest === digestOf(one.results);
process.exitCode = isRight ? 0 : 1;

/**
 * Weighs all files on `poolThreads` threads.
 *
 * @param {number} poolThreads
 */
async function weighAll(poolThreads) {
  const name = `weighing on ${count(poolThreads, 'thread')}`;
  /** @type {import('reveille').Pool<typeof import('./tasks.mjs')>} */
  const pool = createPool(new URL('./tasks.mjs', import.meta.url), { threads: poolThreads, name });
  await pool.ready();
  const start = performance.now();
  const progress = showProgress(name);
  /** @type {Array<Weight | Problem>} */
  const results = [];
  let bytes = 0;
  const paths = files.map(({ path }) => path);
  for await (const result of pool.map('weigh', paths, { ordered: false })) {
    results.push(result);
    if ('bytes' in result) bytes += result.bytes;
    progress.update(results.length, bytes);
  }
  const ms = performance.now() - start;
  progress.end();
  results.sort((a, b) => (a.path < b.path ? -1 : 1));
  const report = await pool.close();
  return { name, results, ms, report };
}

/**
 * A line on the terminal that is redrawn as results come, ten times a second at most; nothing without a terminal.
 *
 * @param {string} name
 */
function showProgress(name) {
  const { stderr } = process;
  let drawnAt = -Infinity;
  return {
    /**
     * @param {number} done
     * @param {number} bytes
     */
    update(done, bytes) {
      if (!stderr.isTTY || performance.now() - drawnAt < 100) return;
      drawnAt = performance.now();
      const part = total === 0 ? 1 : bytes / total;
      const bar = '='.repeat(Math.round(part * 30)).padEnd(30);
      const text = `[${bar}] ${Math.floor(part * 100)}%  ${done}/${files.length} files  ${name}`;
      stderr.write(`\r\u001B[K${text.slice(0, (stderr.columns || 80) - 1)}`);
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\u001B[K');
    },
  };
}

/** @param {ReadonlyArray<Weight | Problem>} results */
function digestOf(results) {
  const hash = createHash('sha256');
  for (const result of results) hash.update(`${JSON.stringify(result)}\n`);
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {string} option
 * @param {string | undefined} text
 */
function wholeNumber(option, text) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`Option --${option} takes a whole number of at least 1: got '${text}'`);
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1_000).toFixed(2)} s`.padStart(8);
}

/**
 * @param {number} number
 * @param {string} what
 */
function count(number, what) {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

// Runs the tests on every runtime and sums them up: `node test/run.mjs [default|node|deno|bun|matrix] [vitest
// arguments]`.
//
//   default   the node that runs this, the newest Node in test/runtimes, Deno, Bun
//   node      the node that runs this
//   matrix    as default, on every Node in test/runtimes (installed first when absent)
//
// Two suites run at a time, since many tests wait rather than compute. What they print comes one suite after another.
//
// The last line printed is `N passed, N failed`, over all runtimes. Exits 1 if a test failed, none ran, or a runtime
// died.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** @typedef {'vitest' | 'deno-test'} Kind */
/** @typedef {{ name: string, command: string, args: string[], kind: Kind, yields?: boolean }} Suite */
/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {Counts & { name: string, seconds: number }} Row */
/** @typedef {{ write: (text: string) => void, end: () => void }} Turn */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNTIMES = join(ROOT, 'test/runtimes');
const SELECTIONS = ['default', 'node', 'deno', 'bun', 'matrix'];
/** Suites at a time. */
const LANES = 2;

/** A suite that takes longer hangs; on a slow and loaded machine the slowest needs a few minutes. */
const SUITE_LIMIT_MS = 15 * 60_000;

const [first, ...others] = process.argv.slice(2);
const selection = first !== undefined && SELECTIONS.includes(first) ? first : 'default';
const extra = selection === first ? others : process.argv.slice(2);

/** @param {string} text */
const print = (text) => void process.stdout.write(text);
/** Process groups of the commands that run. @type {Set<number>} */
const groups = new Set();

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const group of groups) endGroup(group);
    process.exit(130);
  });
}

process.exitCode = await main();

async function main() {
  if (distIsStale() && (await run('npm', ['run', '--silent', 'build:js'], print)) !== 0) return summary([], 1);
  if (selection === 'matrix' && installedNodes().length === 0) {
    console.log('Installing the other versions of Node into test/runtimes');
    if ((await run('npm', ['ci', '--prefix', RUNTIMES, '--no-audit', '--no-fund'], print)) !== 0) return summary([], 1);
  }
  const scratch = mkdtempSync(join(tmpdir(), 'reveille-test-'));
  try {
    return summary(await runSuites(suites(), scratch), 0);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns {Suite[]} */
function suites() {
  const here = { name: `Node ${process.versions.node}`, command: process.execPath };
  const nodes = selection === 'matrix' ? installedNodes() : installedNodes().slice(-1);
  const more = nodes.filter((node) => node.name !== here.name);
  if (selection === 'default' && more.length === 0) {
    console.log(
      'Note: no newer Node is installed for the tests; `npm ci --prefix test/runtimes` brings it (Linux x64)',
    );
  }
  const all = ['default', 'matrix'].includes(selection);
  // It starts many threads on TypeScript, which a newer Node reads by itself: that takes a third less.
  const explorer = (all ? more.at(-1) : undefined) ?? here;
  return [
    ...(all || selection === 'node' ? [vitest(here, [])] : []),
    ...(all || selection === 'node' ? [schedules(explorer)] : []),
    ...(all || selection === 'node' ? [vitest({ ...here, name: 'What needs to hold once' }, [], ['once'])] : []),
    ...(all || selection === 'deno' ? [vitest({ name: 'Deno', command: bin('deno') }, ['run', '-A'])] : []),
    ...(all ? more.map((node) => vitest(node, [])) : []),
    ...(all || selection === 'bun' ? [vitest({ name: 'Bun', command: bin('bun') }, ['--bun'])] : []),
    ...((all || selection === 'deno') && extra.length === 0 ? [denoTests()] : []),
  ];
}

/**
 * @param {{ name: string, command: string }} runtime
 * @param {string[]} flags
 * @param {string[]} projects those of `vitest.config.ts`
 * @returns {Suite}
 */
function vitest({ name, command }, flags, projects = ['runtime', 'plain', 'remote']) {
  const entry = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const chosen = projects.map((project) => `--project=${project}`);
  const args = [...flags, entry, 'run', '--config', 'test/vitest.config.ts', '--passWithNoTests', ...chosen, ...extra];
  return { name, command, args, kind: 'vitest' };
}

/** It only computes, on every core: suites that wait for something go first. @param {{ command: string }} explorer */
function schedules({ command }) {
  return { ...vitest({ name: 'Schedules', command }, [], ['model']), yields: true };
}

/** Deno's own test runner, under exactly the permissions that the documentation asks for. @returns {Suite} */
function denoTests() {
  const read = 'package.json,dist,test/deno';
  const args = ['test', '--no-prompt', '--no-check', `--allow-read=${read}`, 'test/deno'];
  return { name: 'Deno, least permissions', command: bin('deno'), args, kind: 'deno-test' };
}

/** @param {readonly Suite[]} suites @param {string} scratch @returns {Promise<Row[]>} */
async function runSuites(suites, scratch) {
  const turns = takeTurns(suites.length);
  /** @type {Row[]} */
  const rows = [];
  const waiting = suites.entries();
  const lane = async () => {
    for (const [index, suite] of waiting) {
      const turn = /** @type {Turn} */ (turns[index]);
      rows[index] = await runSuite(suite, join(scratch, `${index}`), turn.write);
      turn.end();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return rows;
}

/**
 * Lets several print at a time: the first that has not ended prints at once, the others once it is their turn.
 *
 * @param {number} count
 * @returns {Turn[]}
 */
function takeTurns(count) {
  let current = 0;
  const kept = Array.from({ length: count }, () => '');
  const ended = new Set();
  return kept.map((_, index) => ({
    write(text) {
      if (index === current) process.stdout.write(text);
      else kept[index] += text;
    },
    end() {
      ended.add(index);
      while (ended.has(current)) process.stdout.write(kept[++current] ?? '');
    },
  }));
}

/** @param {Suite} suite @param {string} report @param {(text: string) => void} write */
async function runSuite({ name, command, args, kind, yields = false }, report, write) {
  write(`\n== ${name}\n`);
  const reporting =
    kind === 'vitest'
      ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
      : [`--junit-path=${report}`];
  const started = performance.now();
  const at = kind === 'vitest' ? args.length : args.length - 1;
  const exitCode = await run(command, [...args.slice(0, at), ...reporting, ...args.slice(at)], write, yields);
  const counts = existsSync(report)
    ? (kind === 'vitest' ? countVitest : countJunit)(readFileSync(report, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0 };
  // A runtime that died, or an error outside every test, is a failure that no report counts.
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return { name, ...counts, seconds: (performance.now() - started) / 1000 };
}

/** @param {string} text @returns {Counts} */
function countVitest(text) {
  const report = JSON.parse(text);
  const unloadable = report.testResults.filter(
    (/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {string} text @returns {Counts} */
function countJunit(text) {
  const [head = ''] = /<testsuites [^>]*>/.exec(text) ?? [];
  const number = (/** @type {string} */ name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = (text.match(/<skipped\b/g) ?? []).length;
  return { passed: number('tests') - failed - skipped, failed, skipped };
}

/** @param {Row[]} rows @param {number} broken */
function summary(rows, broken) {
  console.log('');
  for (const { name, passed, failed, skipped, seconds } of rows) {
    console.log(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(1)} s`);
  }
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed, broken);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** The Nodes in test/runtimes, oldest first. */
function installedNodes() {
  const folder = join(RUNTIMES, 'node_modules');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^node-\d+$/.test(name)) : [];
  return names
    .map((name) => {
      const { version } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
      return { name: `Node ${version}`, command: join(folder, name, 'bin/node'), major: Number(name.slice(5)) };
    })
    .sort((a, b) => a.major - b.major);
}

/** Whether a source is newer than what was built from it. */
function distIsStale() {
  const built = join(ROOT, 'dist/adapters/node.js');
  if (!existsSync(built)) return true;
  const sources = ['src', 'adapters', 'workers'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(ROOT, folder, String(name))),
  );
  const since = statSync(built).mtimeMs;
  return [...sources, join(ROOT, 'tsup.config.ts')].some((path) => statSync(path).mtimeMs > since);
}

/** @param {string} name */
function bin(name) {
  return join(ROOT, 'node_modules/.bin', name);
}

/** @param {number} group */
function endGroup(group) {
  groups.delete(group);
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}

/**
 * Runs a command in a process group of its own, so that nothing it started is left when it ends, hangs or is
 * interrupted.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {(text: string) => void} write
 * @param {boolean} [yields] whether other processes go first
 * @returns {Promise<number>} the exit code
 */
function run(command, args, write, yields = false) {
  return new Promise((resolve) => {
    const colors = process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...colors },
    });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    if (pid !== undefined && yields) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', write);
    const limit = setTimeout(() => {
      write(`Ended after ${SUITE_LIMIT_MS / 60_000} minutes without an end: ${command} ${args.join(' ')}\n`);
      if (pid !== undefined) endGroup(pid);
    }, SUITE_LIMIT_MS);
    let exitCode = 127;
    child.on('error', (error) => write(`Cannot run ${command}: ${error.message}\n`));
    child.on('exit', (code) => {
      exitCode = code ?? 1;
      clearTimeout(limit);
      if (pid !== undefined) endGroup(pid);
    });
    child.on('close', () => {
      clearTimeout(limit);
      resolve(exitCode);
    });
  });
}

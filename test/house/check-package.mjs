// Holds what would be published against what users' tools expect: `npm run check:package`, which builds it first.
// publint and Are the types wrong? (ESM profile) look at the packed tarball; then a strict TypeScript project that
// installed it is type-checked for Node, Deno's and Bun's conditions, its library types included.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NPM = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];

const TASKS = `
import { move, task } from 'reveille/task';
export function double(value: number): number { return task.cancelled ? 0 : value * 2; }
export async function shout(text: string, times = 1): Promise<string> { return text.toUpperCase().repeat(times); }
export const bytes = (length: number) => move(new Uint8Array(length));
export const version = 1;
`;

const MAIN = `
import { createPool, type Pool, PoolClosedError } from 'reveille';
import { type PortReservation, reservePort, waitForPortListen } from 'reveille/process';
import { eventually, scenario, waitForCondition, waitForFile } from 'reveille/testing';
const pool = createPool<typeof import('./tasks.js')>(new URL('./tasks.js', import.meta.url), { threads: 2 });
const typed: Pool<typeof import('./tasks.js')> = pool;
const number: number = await pool.run('double', [21], { timeout: 1_000 });
const text: string = await pool.tasks.shout('a', 2);
const bytes: Uint8Array = await pool.tasks.bytes(8);
// @ts-expect-error no such task
await pool.run('triple', [1]);
// @ts-expect-error the wrong argument
await pool.run('double', ['1']);
// @ts-expect-error not a function, so not a task
pool.tasks.version;
const scenarios = scenario<undefined, Int32Array>({ memory: 4, threads: [({ local }) => Atomics.load(local, 0)] });
const ready: string = await waitForCondition(() => (number > 1 ? text : undefined), { on: [[pool, 'drain']] });
const content: string = await waitForFile('a', { content: /b/ });
// @ts-expect-error events have names
await eventually(() => ready, { on: [pool] });
const reservation: PortReservation = await reservePort({ host: '127.0.0.1', timeout: 100 });
await waitForPortListen(reservation.port, { exited: reservation.release() });
console.log(typed, number, text, bytes, PoolClosedError, scenarios, ready, content);
await pool.close();
`;

const folder = mkdtempSync(join(tmpdir(), 'reveille-package-'));
try {
  // With what it depends on: nothing is asked of a registry.
  const packages = ['.', ...Object.keys(dependencies).map((name) => `./node_modules/${name}`)];
  run(ROOT, 'npm', ['pack', ...packages, ...NPM, '--pack-destination', folder]);
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const tarball = join(folder, /** @type {string} */ (tarballs.find((name) => name.startsWith('reveille-'))));
  run(ROOT, bin('publint'), ['--strict', tarball]);
  run(ROOT, bin('attw'), ['--profile', 'esm-only', '--format', 'table-flipped', tarball]);
  checkTypes(tarballs.map((name) => join(folder, name)));
  console.log('The package is as its users need it');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {readonly string[]} tarballs */
function checkTypes(tarballs) {
  const consumer = join(folder, 'consumer');
  mkdirSync(consumer);
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  };
  const lib = ['ES2022', 'ESNext.Disposable'];
  const files = {
    'package.json': { private: true, type: 'module' },
    'tsconfig.json': { compilerOptions: { ...compilerOptions, module: 'NodeNext', target: 'ES2022', lib } },
    'tasks.ts': TASKS,
    'main.ts': MAIN,
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(consumer, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  run(consumer, 'npm', ['install', '--offline', '--omit=optional', ...NPM, ...tarballs]);
  const typeRoots = join(ROOT, 'node_modules/@types');
  for (const condition of ['node', 'deno', 'bun']) {
    run(consumer, bin('tsc'), ['-p', '.', '--typeRoots', typeRoots, '--customConditions', condition]);
  }
}

/** @param {string} name */
function bin(name) {
  return join(ROOT, 'node_modules/.bin', name);
}

/** @param {string} cwd @param {string} command @param {string[]} args */
function run(cwd, command, args) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`Failed: ${command} ${args.join(' ')}${error === undefined ? '' : `: ${error.message}`}`);
  process.exit(1);
}

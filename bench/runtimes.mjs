import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/**
 * How each starts a script.
 * @typedef {Pick<import('./contract.ts').BenchRuntime, 'args' | 'garbageArgs'>} Start
 * @type {Record<import('./contract.ts').RuntimeName, Start>}
 */
const starting = {
  node: { args: ['--no-warnings'], garbageArgs: ['--expose-gc'] },
  deno: { args: ['run', '--allow-all', '--quiet', '--no-lock'], garbageArgs: ['--v8-flags=--expose-gc'] },
  bun: { args: [], garbageArgs: [] },
};

/**
 * The runtimes asked for, or all there are: the Node that runs this, Nodes installed for the tests, Deno and Bun.
 * @param {readonly string[] | undefined} asked `node`, `deno`, `bun`, or `NAME=PATH`
 * @returns {import('./contract.ts').BenchRuntime[]}
 */
export function findRuntimes(asked) {
  const wanted = asked ?? ['node', 'deno', 'bun'];
  const found = wanted.flatMap((entry) => {
    const [name, path] = entry.split('=', 2);
    if (name !== 'node' && name !== 'deno' && name !== 'bun') {
      throw new RangeError(`Cannot use ${entry} for --runtime: it takes node, deno or bun, or one of them with =PATH`);
    }
    const commands = path === undefined ? installed(name) : [path];
    if (commands.length === 0 && asked !== undefined)
      throw new Error(`Cannot find ${name}: give its path as ${name}=PATH`);
    return commands.map((command) => describe(name, command));
  });
  return found.filter(({ title }, index) => found.findIndex((other) => other.title === title) === index);
}

/** @param {import('./contract.ts').RuntimeName} name @returns {string[]} */
function installed(name) {
  if (name !== 'node') {
    const local = fileURLToPath(new URL(`node_modules/.bin/${name}`, root));
    if (existsSync(local)) return [local];
    return spawnSync(name, ['--version']).status === 0 ? [name] : [];
  }
  const here = 'Deno' in globalThis || 'Bun' in globalThis ? 'node' : process.execPath;
  return [here, ...newestNodeForTests()];
}

/** The newest of the Nodes that the tests install, where they did: the floor and the newest say enough. */
function newestNodeForTests() {
  const folder = new URL('test/runtimes/node_modules/', root);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => fileURLToPath(new URL(`${name}/bin/node`, folder)))
    .filter((path) => existsSync(path))
    .slice(0, 1);
}

/**
 * @param {import('./contract.ts').RuntimeName} name
 * @param {string} command
 * @returns {import('./contract.ts').BenchRuntime}
 */
function describe(name, command) {
  const { stdout, status, error } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  const version = /\d+\.\d+\.\d+/.exec(stdout ?? '')?.[0];
  if (status !== 0 || version === undefined)
    throw new Error(`Cannot run ${command} --version: ${error?.message ?? `exit code ${status}`}`);
  const label = { node: 'Node', deno: 'Deno', bun: 'Bun' }[name];
  return { name, title: `${label} ${version}`, version, command, ...starting[name] };
}

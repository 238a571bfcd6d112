/** A project elsewhere on the disk that installed the packed package, as a user's would. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { ROOT } from './_sources.ts';

const execute = promisify(execFile);
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Consumer extends AsyncDisposable {
  readonly folder: string;
  write(name: string, text: string): Promise<void>;
  run(command: readonly string[]): Promise<Outcome>;
}

/**
 * Packs the package from what is built, and installs it in a folder of its own. Needs no network.
 */
export async function installElsewhere(): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'reveille-consumer-'));
  const consumer: Consumer = {
    folder,
    write: (name, text) => writeFile(join(folder, name), text),
    run: (command) => run(folder, command),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  // The cache is the consumer's own: several of these may run at once, and none may find the package of another.
  const npm = ['npm', '--cache', join(folder, '.npm'), '--no-audit', '--no-fund', '--ignore-scripts'];
  await mkdir(join(folder, '.npm'));
  await consumer.write('package.json', JSON.stringify({ private: true, type: 'module' }));
  // With what it depends on: nothing is asked of a registry.
  const packages = ['.', ...Object.keys(dependencies).map((name) => `./node_modules/${name}`)];
  await succeed(run(ROOT, [...npm, 'pack', ...packages, '--pack-destination', folder]));
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  await succeed(
    run(folder, [...npm, 'install', '--offline', '--omit=optional', ...tarballs.map((name) => `./${name}`)]),
  );
  return consumer;
}

/**
 * The command line that runs a file on each runtime that is here; Deno with no permission but what `denoFlags` grant.
 */
export function runtimes(denoFlags: readonly string[] = ['-A']): [name: string, command: readonly string[]][] {
  const nodes = join(ROOT, 'test/runtimes/node_modules');
  const others = existsSync(nodes) ? readdirSync(nodes).filter((name) => /^node-\d+$/.test(name)) : [];
  return [
    [`Node ${process.versions.node}`, [process.execPath]],
    ...others.map((name): [string, string[]] => [name, [join(nodes, name, 'bin/node')]]),
    ['Deno', [join(ROOT, 'node_modules/.bin/deno'), 'run', '--no-prompt', ...denoFlags]],
    ['Bun', [join(ROOT, 'node_modules/.bin/bun')]],
  ];
}

async function run(cwd: string, [command = '', ...args]: readonly string[]): Promise<Outcome> {
  // Nothing of how these tests are run may help the consumer along.
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  try {
    const { stdout, stderr } = await execute(command, args, { cwd, env: { ...env, NO_COLOR: '1' }, timeout: 60_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, stdout, stderr: stderr || String(error) };
  }
}

async function succeed(outcome: Promise<Outcome>): Promise<void> {
  const { code, stdout, stderr } = await outcome;
  if (code !== 0) throw new Error(`The command ended with ${code}: ${stderr}${stdout}`);
}

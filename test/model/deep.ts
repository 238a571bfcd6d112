/**
 * Explores scenarios beyond what every run of the tests affords:
 *
 *     node --import ./test/support/ts-loader.mjs test/model/deep.ts [preemptions] [file[#export] ...]
 *
 * Without files: every scenario that must hold. Prints a line for each, and the trace of the first schedule that fails.
 */
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { installNode } from '../../adapters/node-runtime.ts';
import { closeThreads, explore } from './explore.ts';

const folder = new URL('./scenarios/', import.meta.url);

/** Those that show what the explorer does, or that are wrong on purpose. */
const isAside = (path: string): boolean => /^(mechanics|random)\.ts$/.test(path) || !path.endsWith('.ts');
const isWrongOnPurpose = (name: string): boolean => /^(broken|halfRepaired)/.test(name);

/** What a module exports beside its scenarios are functions that make them, and classes. */
const scenariosOf = (module: Record<string, unknown>): string[] =>
  Object.keys(module).filter((name) => typeof module[name] === 'object');

const [bound = '3', ...chosen] = process.argv.slice(2);
const paths = (readdirSync(folder, { recursive: true }) as string[]).map((path) => path.replaceAll('\\', '/'));
const targets = chosen.length > 0 ? chosen : paths.filter((path) => !isAside(path)).sort();

let before = '';
for (const target of targets) {
  const url = new URL(target, folder);
  // What a module changes in its threads is for no other: that of the pool has a clock of its own.
  if (url.pathname !== before) await closeThreads();
  before = url.pathname;
  const names =
    url.hash === '' ? scenariosOf((await import(url.href)) as Record<string, unknown>) : [url.hash.slice(1)];
  // A scenario installs the model's runtime, which starts no threads; the explorer does.
  installNode();
  for (const name of names.filter((each) => url.hash !== '' || !isWrongOnPurpose(each))) {
    url.hash = name;
    const began = performance.now();
    const { schedules, steps, exhausted, failure } = await explore(url, { preemptions: Number(bound) });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const verdict = failure === undefined ? (exhausted ? 'holds' : 'not exhausted') : `FAILS: ${failure.message}`;
    console.log(
      `${target.replace(/#.*/, '')}#${name}  ${schedules} schedules, ${steps} steps, ${seconds} s: ${verdict}`,
    );
    if (failure === undefined) continue;
    console.log(`${failure.trace}\n       schedule: ${failure.schedule}`);
    process.exitCode = 1;
  }
}
await closeThreads();

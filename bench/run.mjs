/**
 * The benchmark: every contender at every work on every runtime, each in a process of its own, in turns. See README.md.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { contenders } from './contenders/index.mjs';
import { holdContest } from './contest.mjs';
import { prepareKnitting } from './knitting.mjs';
import { describeMachine, loadAverage } from './machine/describe.mjs';
import { parseOptions, usage } from './options.mjs';
import { installPeers } from './peers.mjs';
import { render } from './report/render.mjs';
import { works } from './work/index.mjs';

/** @param {ReturnType<typeof parseOptions>} options */
async function runBenchmark(options) {
  installPeers();
  const machine = describeMachine();
  const knitting = options.knitting === undefined ? undefined : prepareKnitting(options.knitting);
  /** @type {import('./contract.ts').Result[]} */
  const results = [];
  try {
    for (const runtime of options.runtimes) {
      /** @type {Record<string, string>} */
      const env = knitting === undefined ? {} : { REVEILLE_BENCH_KNITTING: knitting.folderFor(runtime.name) };
      // Contenders say by it whether they take part, here as in the processes that measure.
      Object.assign(process.env, env);
      for (const work of options.works) {
        const log = (/** @type {string} */ text) =>
          void process.stderr.write(`${runtime.title} | ${work.name} | ${text}\n`);
        results.push(...(await holdContest(runtime, work, options.contenders, { ...options, env, log })));
      }
    }
  } finally {
    knitting?.remove();
  }
  /** @type {import('./contract.ts').Report} */
  const report = {
    machine,
    loadAverageAtEnd: loadAverage(),
    runtimes: options.runtimes.map(({ title, version }) => ({ title, version })),
    rounds: options.rounds,
    quick: options.quick,
    results,
  };
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.markdown !== undefined && options.markdown !== '-')
    writeFileSync(options.markdown, render(report, 'markdown'));
  process.stdout.write(render(report, options.markdown === '-' ? 'markdown' : 'plain'));
}

function main() {
  let options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`);
    process.exitCode = 2;
    return undefined;
  }
  if (options.help) process.stdout.write(`${usage}\n`);
  else if (options.list) {
    const names = works.map(({ name, title }) => `  ${name.padEnd(19)}${title}`).join('\n');
    process.stdout.write(`Works:\n${names}\nContenders:\n  ${contenders.map(({ name }) => name).join(', ')}\n`);
  } else return runBenchmark(options);
  return undefined;
}

await main();

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { contenders } from './contenders/index.mjs';
import { findRuntimes } from './runtimes.mjs';
import { works } from './work/index.mjs';

export const usage = `npm run bench -- [options]

  --runtime LIST    which runtimes, with commas: node, deno, bun, or NAME=PATH; default: node (this one, and the
                    newest that the tests install), deno and bun
  --work LIST       which works, by name or the start of a name; --list names them
  --peer LIST       which contenders beside reveille
  --rounds N        turns of each contender at each work; default 5, with --quick 2
  --quick           short runs: a look, not numbers
  --knitting PATH   a checkout of https://github.com/mimiMonads/knitting to measure beside
  --json FILE       also write every round to FILE
  --markdown FILE   also write the tables as Markdown to FILE ('-': to the terminal, in place of the plain ones)
  --list            names of works and contenders
  --help`;

/** @param {readonly string[]} args */
export function parseOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runtime: { type: 'string', multiple: true },
      work: { type: 'string', multiple: true },
      peer: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      knitting: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = values.rounds === undefined ? (values.quick ? 2 : 5) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot use --rounds ${values.rounds}: it takes a whole number from 1`);
  }
  const peers = listed(values.peer);
  return {
    runtimes: findRuntimes(listed(values.runtime)),
    works: chosen(works, listed(values.work), '--work'),
    contenders: peers === undefined ? [...contenders] : chosen(contenders, ['reveille', ...peers], '--peer'),
    rounds,
    quick: values.quick,
    knitting: values.knitting === undefined ? undefined : resolve(values.knitting),
    json: values.json,
    markdown: values.markdown,
    list: values.list,
    help: values.help,
  };
}

/** @param {readonly string[] | undefined} given */
function listed(given) {
  return given?.flatMap((list) => list.split(',')).filter((name) => name !== '');
}

/**
 * @template {{ name: string }} T
 * @param {readonly T[]} all
 * @param {readonly string[] | undefined} names
 * @param {string} flag
 * @returns {T[]}
 */
function chosen(all, names, flag) {
  if (names === undefined) return [...all];
  for (const name of names) {
    if (!all.some((one) => one.name.toLowerCase().startsWith(name.toLowerCase()))) {
      throw new RangeError(`Cannot find ${name} for ${flag}: it takes ${all.map((one) => one.name).join(', ')}`);
    }
  }
  // A whole name means that one alone, so that `memory` does not bring `memory-bounded`.
  return all.filter((one) =>
    names.some((name) =>
      all.some((other) => other.name === name)
        ? one.name === name
        : one.name.toLowerCase().startsWith(name.toLowerCase()),
    ),
  );
}

/** The command line of `reveille wait`. */
import { parseFlags } from '../flags.ts';
import { UsageError } from '../usage-error.ts';
import { parseTarget } from './parse-target.ts';
import type { Target } from './target.ts';

/** What is asked for. */
export interface CommandOptions {
  readonly targets: readonly Target[];
  /** Milliseconds. */
  readonly timeout: number;
  /** What to run then, with its arguments. */
  readonly command: readonly [string, ...string[]] | undefined;
}

/** @throws {UsageError} for what it does not take. */
export function parseWaitOptions(argv: readonly string[]): CommandOptions {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const flags = parseFlags(own, { timeout: { type: 'string', short: 't' } });
  if (flags.positionals.length === 0) throw new UsageError('Nothing to wait for: name at least one target');
  return {
    targets: flags.positionals.map(parseTarget),
    timeout: readTimeout(flags.text('timeout')),
    command: end < 0 ? undefined : readCommand(argv.slice(end + 1)),
  };
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const seconds = Number(text);
  if (seconds >= 0 && seconds < Infinity) return seconds * 1_000;
  throw new UsageError(`Option --timeout takes a number of seconds, 0 or more: got '${text}'`);
}

function readCommand([name, ...args]: readonly string[]): readonly [string, ...string[]] {
  if (name === undefined || name === '') throw new UsageError('Expected a command after --');
  return [name, ...args];
}

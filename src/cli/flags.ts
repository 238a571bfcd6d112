/** Reads a command line against the options that a command takes, with errors that say what it does take. */
import { parseArgs } from 'node:util';
import { didYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

/** One option: whether it takes a value, and its one-letter form. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
}

/** What stood on the command line. */
export interface ParsedFlags {
  readonly positionals: readonly string[];
  /** The value of a string option, if it was given. */
  text(name: string): string | undefined;
  /** Whether a boolean option was given. */
  has(name: string): boolean;
}

/**
 * Parses `argv`.
 *
 * @throws {UsageError} for an option that is unknown, lacks its value, has one it does not take, or comes twice.
 */
export function parseFlags(argv: readonly string[], flags: Readonly<Record<string, Flag>>): ParsedFlags {
  const args = [...argv];
  const { tokens } = parseArgs({ args, options: flags, strict: false, allowPositionals: true, tokens: true });
  const texts = new Map<string, string>();
  const booleans = new Set<string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) {
      throw new UsageError(`Unknown option ${token.rawName}${didYouMean(token.name, Object.keys(flags), '--')}`);
    }
    const { value } = token;
    const option = `Option --${token.name}`;
    if (texts.has(token.name) || booleans.has(token.name)) throw new UsageError(`${option} is given twice`);
    if (flag.type === 'boolean') {
      if (value !== undefined) throw new UsageError(`${option} takes no value: got '${value}'`);
      booleans.add(token.name);
    } else {
      // `--input --ordered` is a forgotten value, `--input=--x` and `--skip -1` are values (the latter a wrong one).
      if (value === undefined || value === '' || (!token.inlineValue && /^-[^\d]/.test(value))) {
        throw new UsageError(`${option} needs a value`);
      }
      texts.set(token.name, value);
    }
  }
  return { positionals, text: (name) => texts.get(name), has: (name) => booleans.has(name) };
}
